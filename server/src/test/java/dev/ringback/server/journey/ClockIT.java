package dev.ringback.server.journey;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import dev.ringback.server.Await;
import dev.ringback.server.Size;
import dev.ringback.server.journey.CallbackTarget.Hit;
import dev.ringback.server.launch.OwnPostgres;
import dev.ringback.v1.Attempt;
import dev.ringback.v1.CancelJobRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.ListAttemptsRequest;
import dev.ringback.v1.RetryPolicy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes whose machines' clocks are wrong by far more than a node may be silent, beside one whose
 * clock is right: the database's clock decides, and nobody sees a difference. It is also this
 * test's clock.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClockIT {
  private static final Duration OFF = Duration.ofSeconds(90);

  /** Of each node whose clock is wrong. */
  private static final int JOBS = Size.of(60, 2_000);

  /** When the last job is due. */
  private static final Duration WITHIN = Duration.ofSeconds(Size.of(8, 60));

  private static final Duration BACKOFF = Duration.ofSeconds(2);

  /** What a busy machine may add. */
  private static final Duration LATE = Duration.ofSeconds(3);

  private static final int SLOTS = 16;

  /** More than two nodes make at once to one host, which gets half of their slots. */
  private static final int AT_ONCE = 18;

  /** A node looks for dead ones every 2 s, once it has lived for 10 s itself. */
  private static final String HAVE_LOOKED =
      "select count(*) from nodes where heartbeat_at - started_at > interval '14 s'";

  private static final String OF_CRON =
      "(bucket, job_id) in (select bucket, id from jobs where cron is not null)";

  @TempDir private static Path folder;

  private OwnPostgres postgres;
  private Connection database;
  private CallbackTarget target;
  private Member ahead;
  private Member behind;
  private Member right;

  private record Member(RingbackNode node, StubClient client) {
    Job create(CreateJobRequest.Builder job) {
      return client.jobs().createJob(job.build());
    }

    void close() throws InterruptedException {
      client.close();
      node.close();
    }
  }

  @BeforeAll
  void start() throws Exception {
    postgres = OwnPostgres.start(folder);
    target = new CallbackTarget();
    ahead = start("ahead", OFF);
    behind = start("behind", OFF.negated());
    right = start("right", Duration.ZERO);
    database = postgres.connect();
  }

  private Member start(String name, Duration off) throws Exception {
    Map<String, String> settings =
        Map.of(
            "RINGBACK_DATABASE_URL",
            postgres.url(),
            "RINGBACK_NODE_ID",
            name,
            "RINGBACK_CALL_SLOTS",
            "" + SLOTS,
            "RINGBACK_ENVOY",
            "false",
            "JDK_JAVA_OPTIONS",
            off.isZero() ? "" : WrongClock.option(off, folder));
    RingbackNode node = RingbackNode.start(folder.resolve(name), settings);
    assertThat(Duration.between(Instant.now(), machineTime(node)))
        .as("how far the clock of the node's machine is ahead")
        .isCloseTo(off, Duration.ofSeconds(5));
    return new Member(node, node.client());
  }

  /** What the JDK's own HTTP server dates an answer with. */
  private static Instant machineTime(RingbackNode node) throws Exception {
    try (Rest rest = new Rest(node.readyUrl(), "")) {
      String date = rest.get("").header("date");
      return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    }
  }

  @AfterAll
  void stop() throws Exception {
    database.close();
    for (Member member : List.of(right, behind, ahead)) {
      member.close();
    }
    target.close();
    postgres.close();
  }

  private enum When {
    NOW,
    PAST,
    AT,
    AFTER
  }

  /**
   * A job, and what is to become of it.
   *
   * @param from its first call comes no earlier
   * @param to and hardly later
   */
  private record Expected(Job job, String path, Instant from, Instant to) {
    /** How many attempts it takes. */
    int attempts() {
      return path.startsWith("/succeeds") ? 1 : 2;
    }
  }

  @Test
  void callsWhenDueAndDeclaresNobodyDead() throws Exception {
    CountDownLatch looked = new CountDownLatch(1);
    target.answer(hit -> {
      if (hit.attempt() > 1 || hit.path().startsWith("/succeeds")) {
        return 200;
      }
      return hit.path().startsWith("/fails") || await(looked) ? 500 : 400;
    });
    long lastLife = lastLife();
    List<Expected> all = create();
    Await.until(
        "each node has looked",
        () -> {
          assertThat(lastLife()).isEqualTo(lastLife);
          return Books.number(database, HAVE_LOOKED) == 3;
        });
    looked.countDown();
    Books books = Books.closed(database, WITHIN.plus(BACKOFF.multipliedBy(2)).plus(LATE));
    Instant end = now();

    books.agreeWith(all.stream().map(each -> each.job().getId()).collect(toSet()), target.hits());
    assertThat(books.lost()).isZero();
    assertThat(lastLife()).isEqualTo(lastLife);
    Set<String> planners = new HashSet<>();
    Duration latest = Duration.ZERO;
    for (Expected each : all) {
      List<Attempt> story = attempts(each.job());
      List<Hit> calls = target.hits(each.path());
      agree(each, story, calls, end);
      if (each.attempts() > 1) {
        planners.add(story.getFirst().getNode());
      }
      Duration late = Duration.between(each.to(), calls.getFirst().at());
      latest = late.compareTo(latest) > 0 ? late : latest;
    }
    System.out.printf(
        "clocks %d s off: %,d jobs, none early, the latest by %d ms%n",
        OFF.toSeconds(), all.size(), latest.toMillis());
    assertThat(planners).as("who planned retries").contains("ahead", "behind", "right");
  }

  /** Rises when a node that was declared dead begins a new life. */
  private long lastLife() throws SQLException {
    return Books.number(database, "select max(id) from nodes");
  }

  private List<Expected> create() {
    List<Expected> all = new ArrayList<>();
    // These last, so that a node which is declared dead loses some. Their host is another one than
    // that of the rest, which so has slots of its own.
    for (int i = 0; i < AT_ONCE; i++) {
      all.add(create(i % 2 == 0 ? ahead : behind, "/held/" + i, When.NOW, Duration.ZERO));
    }
    for (int i = 0; i < JOBS; i++) {
      When when = When.values()[i % When.values().length];
      Duration wait = Duration.ofMillis(WITHIN.toMillis() * (i + 1) / JOBS);
      String path = i % 3 == 0 ? "/fails/" : "/succeeds/";
      all.add(create(ahead, path + "ahead/" + i, when, wait));
      all.add(create(behind, path + "behind/" + i, when, wait));
    }
    return all;
  }

  private Expected create(Member door, String path, When when, Duration wait) {
    // Less than the clocks are off: by either of them no retry would be in time, or none too late.
    String backoff = BACKOFF.toSeconds() + "s";
    var policy =
        RetryPolicy.newBuilder()
            .setMinBackoff(backoff)
            .setMaxBackoff(backoff)
            .setMaxRetryDuration("60s");
    var request =
        CreateJobRequest.newBuilder()
            .setUrl(url(path))
            .setRetryPolicy(policy)
            .setAttemptDeadline("2m");
    Instant before = now();
    switch (when) {
      case NOW -> {}
      case PAST -> request.setScheduledAt(before.minusSeconds(30).toString());
      case AT -> request.setScheduledAt(before.plus(wait).toString());
      case AFTER -> request.setDelay(wait.toMillis() + "ms");
    }
    Job job = door.create(request);
    Instant after = now();
    Instant from = when == When.AT || when == When.AFTER ? before.plus(wait) : before;
    Instant to = when == When.AFTER ? after.plus(wait) : from.isAfter(after) ? from : after;
    assertThat(time(job.getCreatedAt())).isBetween(before, after);
    assertThat(time(job.getNextRunAt())).isBetween(from, to);
    return new Expected(job, path, from, to);
  }

  private String url(String path) {
    String url = target.url(path);
    return path.startsWith("/held") ? url.replace("127.0.0.1", "localhost") : url;
  }

  private static void agree(Expected job, List<Attempt> story, List<Hit> calls, Instant end) {
    assertThat(story).hasSize(job.attempts());
    assertThat(calls).hasSameSizeAs(story);
    Instant from = job.from();
    Instant to = job.to();
    for (int i = 0; i < story.size(); i++) {
      Attempt attempt = story.get(i);
      Instant called = calls.get(i).at();
      Instant finished = time(attempt.getFinishedAt());
      assertThat(attempt.getStatus())
          .isEqualTo(i + 1 < job.attempts() ? Attempt.Status.failed : Attempt.Status.succeeded);
      assertThat(called).as(job.path()).isBetween(from, to.plus(LATE));
      assertThat(time(attempt.getStartedAt())).as(job.path()).isBetween(from, called);
      assertThat(finished).as(job.path()).isBetween(called, end);
      // A backoff is lengthened or shortened by up to a quarter.
      from = called.plus(BACKOFF.multipliedBy(3).dividedBy(4));
      to = finished.plus(BACKOFF.multipliedBy(5).dividedBy(4));
    }
  }

  @Test
  void plansFiringsByTheTrueMinute() throws Exception {
    CountDownLatch called = new CountDownLatch(AT_ONCE);
    target.answer(_ -> {
      called.countDown();
      return await(called) ? 200 : 500;
    });
    Instant begin = now();
    List<Job> jobs = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      Instant before = now();
      var request = CreateJobRequest.newBuilder().setUrl(target.url("/cron")).setCron("* * * * *");
      Job job = (i % 2 == 0 ? ahead : behind).create(request);
      assertThat(time(job.getNextRunAt())).isBetween(before, now().plusSeconds(60));
      jobs.add(job);
    }
    // As if nothing had run for three minutes: one call makes up for it, and plans the next firing.
    try (var statement = database.createStatement()) {
      statement.executeUpdate(
          "update queue set due_at = now(), scheduled_at = now() - interval '3 min'"
              + " where recurring and not planned");
    }
    Await.until(
        "all have fired",
        () ->
            Books.number(database, "select count(distinct job_id) from executions where " + OF_CRON)
                == AT_ONCE);
    assertThat(
            Books.number(
                database,
                """
                select count(*) from queue where recurring and not planned and due_at > '%s'
                  and due_at <= now() + interval '1 min' and due_at = date_trunc('minute', due_at)
                """
                    .formatted(begin)))
        .as("firings planned for the next minute")
        .isEqualTo(AT_ONCE);
    assertThat(
            Books.number(
                database,
                "select count(*) from attempts where due_at < '%s' and %s"
                    .formatted(begin, OF_CRON)))
        .as("firings planned for a minute that had passed")
        .isZero();
    for (Job job : jobs) {
      right.client().jobs().cancelJob(CancelJobRequest.newBuilder().setId(job.getId()).build());
    }
  }

  @Test
  void aKeyStandsForOneJobAtAllNodes() {
    for (Member first : List.of(ahead, behind)) {
      var request =
          CreateJobRequest.newBuilder()
              .setUrl(target.url("/keyed"))
              .setDelay("1h")
              .setIdempotencyKey(UUID.randomUUID().toString());
      Job job = first.create(request);
      for (Member member : List.of(ahead, behind, right)) {
        assertThat(member.create(request)).isEqualTo(job);
      }
      right.client().jobs().cancelJob(CancelJobRequest.newBuilder().setId(job.getId()).build());
    }
  }

  private List<Attempt> attempts(Job job) {
    var request = ListAttemptsRequest.newBuilder().setJobId(job.getId()).build();
    return behind.client().jobs().listAttempts(request).getAttemptsList();
  }

  /** As the database tells it: to the microsecond. */
  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MICROS);
  }

  private static Instant time(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }
}
