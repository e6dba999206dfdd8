package dev.ringback.server.store.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ringback.server.Await;
import dev.ringback.server.store.StoreFixture;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the database's errors mean, and how long it is waited for. */
@Timeout(30)
final class DatabaseTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();

  private @Nullable Throwable failure(String sql) {
    return catchThrowable(() ->
        store.database.run(connection -> {
          try (var statement = connection.createStatement()) {
            return statement.execute(sql);
          }
        }));
  }

  private @Nullable Throwable raised(String state) {
    return failure("do $$ begin raise exception using errcode = '%s'; end $$".formatted(state));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "08006", "25006", "25P03", "40001", "40P01", "53000", "53100", "53200", "53300", "55P03",
        "57014", "57P01", "57P02", "57P03", "57P05", "58030"
      })
  void mayDoItAMomentLater(String state) {
    assertThat(raised(state)).isInstanceOf(Unavailable.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"22003", "23505", "42P01", "54000", "P0001", "XX001"})
  void failsForAReasonOfOurs(String state) {
    assertThat(raised(state)).isInstanceOf(StoreException.class);
  }

  @Test
  void endsAStatementThatTakesTooLong() {
    assertThat(failure("select pg_sleep(20)")).isInstanceOf(Unavailable.class);
  }

  @Test
  void endsAStatementWhoseThreadIsInterrupted() throws Exception {
    var answer = new CompletableFuture<@Nullable Throwable>();
    // As calls of the API: a socket can be interrupted on virtual threads.
    Thread thread = Thread.ofVirtual().start(() -> answer.complete(failure("select pg_sleep(7)")));
    Await.until(
        "it waits", () -> store.count("pg_stat_activity where query = 'select pg_sleep(7)'") > 0);
    long begun = System.nanoTime();
    thread.interrupt();
    assertThat(answer.get()).isInstanceOf(Unavailable.class);
    assertThat(System.nanoTime() - begun).isLessThan(2_000_000_000L);
    assertThat(failure("select 1")).isNull();
  }

  /** Else a batch of one is planned anew each time, which takes longer than the batch. */
  @Test
  void plansOnceForThePatient() {
    assertThat(planCacheMode(store.database)).isEqualTo("auto");
    try (Database engine = store.database.besideForThePatient(1)) {
      assertThat(planCacheMode(engine)).isEqualTo("force_generic_plan");
    }
  }

  private static String planCacheMode(Database database) {
    return database.run(connection -> {
      try (var statement = connection.createStatement();
          var rows = statement.executeQuery("show plan_cache_mode")) {
        rows.next();
        return rows.getString(1);
      }
    });
  }
}
