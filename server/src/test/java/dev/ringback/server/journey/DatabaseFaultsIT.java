package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.server.Await;
import dev.ringback.server.Size;
import dev.ringback.server.launch.OwnPostgres;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.ListJobsRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/**
 * What faults of the database cost: refusals while they last, and nothing after. One node, its
 * Envoy and their callers live through all of them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DatabaseFaultsIT {
  private static final Duration AWAY = Duration.ofSeconds(Size.of(3, 10));
  private static final int CUTS = Size.of(15, 200);
  private static final Duration HEALED = Duration.ofSeconds(30);

  /** The server's patience of 5 s, and what a busy machine adds. */
  private static final Duration BOUND = Duration.ofSeconds(Size.of(10, 7));

  /** Of one that is refused since that is known: half a second, and what a busy machine adds. */
  private static final Duration KNOWN = Duration.ofMillis(Size.of(4_000, 1_500));

  private static final Duration BACK = Duration.ofSeconds(10);

  private static final int CALLERS = 12;

  @TempDir private static Path folder;

  private OwnPostgres postgres;
  private CallbackTarget target;
  private RingbackNode node;
  private StubClient client;
  private Rest rest;

  @BeforeAll
  void start() throws Exception {
    postgres = OwnPostgres.start(folder);
    target = new CallbackTarget();
    node =
        RingbackNode.start(folder.resolve("node"), Map.of("RINGBACK_DATABASE_URL", postgres.url()));
    client = node.client();
    rest = new Rest(node.base(), RingbackNode.KEY);
  }

  @AfterAll
  void stop() throws Exception {
    client.close();
    rest.close();
    node.close();
    target.close();
    postgres.close();
  }

  /** What happens to the database, and is over when it returns. */
  private interface Fault {
    void happen(Load load) throws Exception;
  }

  private Load survive(String name, Fault fault) throws Exception {
    List<Load.Door> doors = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      doors.add(i % 3 == 0 ? Load.rest(rest) : Load.grpc(client));
    }
    try (Load load = new Load(target, doors)) {
      Await.until("jobs are called", () -> load.created() > 100 && target.hits().size() > 100);
      fault.happen(load);
      int created = load.created();
      int hits = target.hits().size();
      long over = System.nanoTime();
      Await.until(
          "creates are answered and calls made again",
          HEALED,
          () -> load.created() > created + CALLERS && target.hits().size() > hits + CALLERS);
      long healed = System.nanoTime();
      Set<String> acknowledged = load.stop();
      try (Connection database = postgres.connect()) {
        Books books = Books.closed(database, HEALED);
        System.out.printf(
            "%s: %,d jobs, %,d refused, the longest create %.1f s, healed after %.1f s, %d attempts"
                + " lost%n",
            name,
            acknowledged.size(),
            load.refused(),
            load.longest().toMillis() / 1e3,
            (healed - over) / 1e9,
            books.lost());
        books.agreeWith(acknowledged, target.hits());
      }
      assertThat(load.faults()).isEmpty();
      assertThat(load.longest()).isLessThan(BOUND);
      assertThat(node.isAlive()).isTrue();
      return load;
    }
  }

  @Test
  void connectionsAreCutAgainAndAgain() throws Exception {
    survive(
        "connections cut " + CUTS + " times",
        _ -> {
          try (Connection database = postgres.connect()) {
            for (int i = 0; i < CUTS; i++) {
              long cut =
                  Books.number(
                      database,
                      "select count(pg_terminate_backend(pid)) from pg_stat_activity where"
                          + " application_name like 'ringback%' and pid <> pg_backend_pid()");
              assertThat(cut).isGreaterThanOrEqualTo(0);
              TimeUnit.MILLISECONDS.sleep(200);
            }
          }
        });
  }

  @Test
  void stopsAtOnceAndIsAwayForAWhile() throws Exception {
    Load load =
        survive(
            "immediate stop, away " + AWAY,
            _ -> {
              postgres.stopAtOnce();
              Thread.sleep(AWAY);
              postgres.start();
            });
    assertThat(load.refused() + load.longest().toMillis()).isGreaterThan(0);
  }

  /** The first call finds out, and all that come after it know. */
  @Test
  void isAwayAndCallsKnow() throws Exception {
    CreateJobRequest create =
        CreateJobRequest.newBuilder().setUrl(target.url("/away")).setDelay("1h").build();
    GetJobRequest get =
        GetJobRequest.newBuilder().setId(client.jobs().createJob(create).getId()).build();
    ListJobsRequest list = ListJobsRequest.newBuilder().addLabel("a=b").build();
    postgres.stopAtOnce();
    assertThat(refused(() -> client.jobs().getJob(get))).isLessThan(BOUND);
    for (int i = 0; i < 10; i++) {
      assertThat(refused(() -> client.jobs().getJob(get))).isLessThan(KNOWN);
      assertThat(refused(() -> client.jobs().listJobs(list))).isLessThan(KNOWN);
      assertThat(refused(() -> client.jobs().createJob(create))).isLessThan(KNOWN);
    }
    postgres.start();
    Await.until(
        "a create and a read",
        BACK,
        () -> {
          try {
            return client.jobs().createJob(create).hasCreatedAt()
                && client.jobs().getJob(get).hasCreatedAt();
          } catch (StatusRuntimeException notYet) {
            return false;
          }
        });
    // Nothing is left to call when the others have had their turn.
    try (Connection database = postgres.connect();
        Statement statement = database.createStatement()) {
      statement.execute(
          "delete from queue using jobs where job_id = jobs.id and url like '%/away'");
      statement.execute("delete from jobs where url like '%/away'");
    }
  }

  private static Duration refused(Executable call) {
    long begun = System.nanoTime();
    var refused = catchThrowableOfType(StatusRuntimeException.class, call::execute);
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    return took;
  }

  @Test
  void isKilled() throws Exception {
    survive(
        "kill -9 of PostgreSQL",
        _ -> {
          postgres.kill();
          postgres.start();
        });
  }

  /** Longer than any patience: nothing answers, but no connection breaks either. */
  @Test
  void hangs() throws Exception {
    Load load =
        survive(
            "hung",
            _ -> {
              postgres.freeze();
              Thread.sleep(Duration.ofSeconds(Size.of(7, 30)));
              postgres.thaw();
            });
    assertThat(load.refused()).isPositive();
  }

  /** All connections end up waiting for a lock that a stranger holds. */
  @Test
  void everyConnectionWaits() throws Exception {
    Load load =
        survive(
            "connections all waiting",
            during -> {
              try (Connection stranger = postgres.connect()) {
                stranger.setAutoCommit(false);
                stranger.createStatement().execute("lock table jobs, api_keys");
                int refused = during.refused();
                Await.until(
                    "every caller is refused",
                    Duration.ofSeconds(Size.of(15, 60)),
                    () -> during.refused() >= refused + CALLERS);
                Thread.sleep(Duration.ofSeconds(Size.of(0, 30)));
                stranger.rollback();
              }
            });
    assertThat(load.refused()).isPositive();
  }

  @Test
  void noTransactionIsOpenDuringACall() throws Exception {
    int calls = 200;
    CountDownLatch release = new CountDownLatch(1);
    target.answer(hit -> {
      try {
        return !hit.path().equals("/hangs") || release.await(30, TimeUnit.SECONDS) ? 200 : 500;
      } catch (InterruptedException e) {
        return 500;
      }
    });
    try (Connection database = postgres.connect()) {
      for (int i = 0; i < calls; i++) {
        rest.post("/v1/jobs", "{\"url\":\"%s\"}".formatted(target.url("/hangs")));
      }
      Await.until("calls hang", () -> target.hits("/hangs").size() == calls);
      // The heartbeat and the claim go on: each transaction is looked at for being the same later.
      String open =
          """
          select count(*) from pg_stat_activity
          where application_name like 'ringback%%' and pid <> pg_backend_pid()
            and clock_timestamp() - xact_start > interval '%d ms'
          """;
      for (int i = 0; i < Size.of(100, 1_000); i++) {
        assertThat(Books.number(database, open.formatted(500))).isZero();
        TimeUnit.MILLISECONDS.sleep(10);
      }
      assertThat(target.hits("/hangs")).hasSize(calls);
      // And while all of them are recorded, and others come.
      release.countDown();
      try (Load load = new Load(target, List.of(Load.grpc(client), Load.rest(rest)))) {
        String idle = open.formatted(500) + " and state like 'idle in transaction%'";
        for (int i = 0; i < Size.of(100, 1_000); i++) {
          assertThat(Books.number(database, idle)).isZero();
          TimeUnit.MILLISECONDS.sleep(10);
        }
        Set<String> acknowledged = load.stop();
        Books.closed(database, HEALED).agreeWith(acknowledged, target.hits());
      }
    } finally {
      release.countDown();
    }
  }
}
