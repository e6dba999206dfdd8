package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.store.StoreFixture;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The daily partitions, made ahead. */
@Timeout(30)
final class PartitionsTest {
  private static final List<String> TABLES = List.of("attempts", "executions");

  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Partitions partitions =
      new Partitions(store.database, store.clock, StoreFixture.RETENTION);

  /** As before the very first start, but for the project that is there before partitions are. */
  @BeforeEach
  void dropAll() throws Exception {
    store.execute(
        """
        do $$
        declare part regclass;
        begin
          for part in select inhrelid::regclass from pg_inherits
              where inhparent in ('attempts'::regclass, 'executions'::regclass) loop
            execute 'drop table ' || part;
          end loop;
        end $$
        """);
    assertThat(count("attempts")).isZero();
  }

  private int count(String table) throws Exception {
    return store.count("pg_inherits where inhparent = ?::regclass", table);
  }

  private void dropAttempts(int days) throws Exception {
    String partition =
        store.value(
            """
            select 'attempts_p' || to_char((now() + ? * interval '1 day') at time zone 'UTC',
              'YYYYMMDD')
            """,
            days);
    store.execute("drop table " + partition);
  }

  private void insertAttempt(int days) throws Exception {
    store.execute(
        """
        insert into attempts (bucket, job_id, execution_id, number, due_at, started_at,
          finished_at, node, status)
        values (1, gen_random_uuid(), gen_random_uuid(), 1, now(), now() + ? * interval '1 day',
          now(), 'x', 'succeeded')
        """,
        days);
  }

  private void insertExecution(int days) throws Exception {
    store.execute(
        """
        insert into executions
          (bucket, job_id, id, status, scheduled_at, finished_at, attempt_count)
        values (1, gen_random_uuid(), gen_random_uuid(), 'completed', now(),
          now() + ? * interval '1 day', 1)
        """,
        days);
  }

  @Test
  void reachesAWeekAhead() throws Exception {
    partitions.ensure();
    for (String table : TABLES) {
      assertThat(count(table)).isEqualTo(8);
    }
    for (int days : List.of(0, 1, 7)) {
      insertAttempt(days);
      insertExecution(days);
    }
  }

  @Test
  void hasTheKeyOfItsTable() throws Exception {
    partitions.ensure();
    assertThat(
            store.count(
                """
                pg_inherits i where i.inhparent in ('attempts'::regclass, 'executions'::regclass)
                and not exists (select from pg_index x join pg_inherits xi
                  on xi.inhrelid = x.indexrelid
                  where x.indrelid = i.inhrelid and x.indisprimary)
                """))
        .isZero();
  }

  @Test
  void makesNothingTwice() throws Exception {
    partitions.ensure();
    partitions.ensure();
    for (String table : TABLES) {
      assertThat(count(table)).isEqualTo(8);
    }
  }

  @Test
  void makesWhatIsMissingInBetween() throws Exception {
    partitions.ensure();
    dropAttempts(3);
    assertThat(count("attempts")).isEqualTo(7);
    partitions.ensure();
    assertThat(count("attempts")).isEqualTo(8);
  }

  @Test
  void isMadeOnceByManyNodes() throws Exception {
    var together = new CyclicBarrier(4);
    Callable<Boolean> node =
        () -> {
          together.await();
          partitions.ensure();
          return true;
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var done : threads.invokeAll(List.of(node, node, node, node))) {
        assertThat(done.get()).isTrue();
      }
    }
    for (String table : TABLES) {
      assertThat(count(table)).isEqualTo(8);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select count(*) from attempts, executions",
        """
        insert into attempts (bucket, job_id, execution_id, number, due_at, started_at,
          finished_at, node, status)
        values (1, gen_random_uuid(), gen_random_uuid(), 1, now(), now(), now(), 'x', 'succeeded')
        """,
        // What a create locks of its project.
        "select from projects for key share"
      })
  void waitsForNobodyWhoReadsOrWrites(String sql) throws Exception {
    partitions.ensure();
    dropAttempts(7);
    try (Connection connection = store.connect();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      connection.setAutoCommit(false);
      try (var statement = connection.createStatement()) {
        statement.execute(sql);
      }
      // The other transaction holds its locks all the while.
      threads
          .submit(() -> {
            partitions.ensure();
            return true;
          })
          .get(10, TimeUnit.SECONDS);
      connection.rollback();
    }
    assertThat(count("attempts")).isEqualTo(8);
  }
}
