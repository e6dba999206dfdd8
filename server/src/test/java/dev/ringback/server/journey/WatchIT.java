package dev.ringback.server.journey;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.Size;
import dev.ringback.v1.Attempt;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.ListAttemptsRequest;
import dev.ringback.v1.RetryPolicy;
import dev.ringback.v1.WatchMessage;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Watchers of two nodes miss nothing and are told nothing twice: they are cut off and resumed at
 * random, one of the nodes is killed, and somebody holds a transaction open all the while.
 */
class WatchIT {
  private static final int JOBS = 300;
  private static final int OF_PROJECT = 6;
  private static final int OF_ONE_JOB = 60;
  private static final int SLOWEST_CALL_MS = 40;
  private static final int IN_FLIGHT = 5;

  /** How long the stranger's transaction is open at least. */
  private static final Duration OPEN = Duration.ofSeconds(Size.of(0, 60));

  private static final Duration LONG = Duration.ofMinutes(2);
  private static final String VICTIM = "node-that-is-killed";

  @TempDir private Path dir;

  @Test
  void eachWatcherIsToldEverythingOnceAndInOrder() throws Exception {
    long seed = Long.getLong("ringback.seed", ThreadLocalRandom.current().nextLong());
    System.out.println("seed " + seed + " (-Dringback.seed)");
    Random random = new Random(seed);
    try (var target = new CallbackTarget();
        var staying = RingbackNode.start(dir.resolve("a"), Map.of("RINGBACK_ENVOY", "false"));
        var database = staying.database();
        var stranger = staying.database()) {
      AtomicReference<CountDownLatch> hold = new AtomicReference<>(new CountDownLatch(0));
      failTwice(target, hold);
      Map<String, String> settings =
          Map.of(
              "RINGBACK_DATABASE_URL",
              staying.databaseUrl(),
              "RINGBACK_NODE_ID",
              VICTIM,
              "RINGBACK_ENVOY",
              "false");
      long opened = openTransaction(stranger);
      List<Watcher> watchers = new ArrayList<>();
      Map<String, Watcher> ofJobs = new LinkedHashMap<>();
      AtomicReference<List<StubClient>> nodes = new AtomicReference<>(List.of());
      try (var client = staying.client()) {
        try (var victim = RingbackNode.start(dir.resolve("b"), settings);
            var ofVictim = victim.client()) {
          nodes.set(List.of(client, ofVictim));
          for (int i = 0; i < OF_PROJECT; i++) {
            watchers.add(Watcher.ofProject(nodes, random.nextLong()));
          }
          Await.until("all watch", () -> watchers.stream().allMatch(Watcher::hasBegun));
          List<String> jobs = create(client, target);
          for (String job : jobs.subList(0, OF_ONE_JOB)) {
            ofJobs.put(job, Watcher.ofJob(nodes, random.nextLong(), job));
          }
          Await.until("a part is told", LONG, () -> told(watchers.getFirst()) > 4 * JOBS);
          hold.set(new CountDownLatch(1));
          Await.until("the victim is calling", LONG, () -> callsOfVictim(database) >= IN_FLIGHT);
          victim.kill();
          requireNonNull(hold.get()).countDown();
          nodes.set(List.of(client));
        }
        try (var back = RingbackNode.start(dir.resolve("b"), settings);
            var ofBack = back.client()) {
          nodes.set(List.of(client, ofBack));
          Await.until(
              "each knows of all ends, or of a fault",
              LONG,
              () ->
                  watchers.stream().allMatch(w -> !w.faults().isEmpty() || ends(w) == JOBS)
                      && ofJobs.values().stream()
                          .allMatch(w -> !w.faults().isEmpty() || w.hasEnded()));
          for (Watcher watcher : watchers) {
            watcher.close();
          }
          Map<String, List<String>> stories = stories(client, watchers.getFirst());
          assertThat(stories).hasSize(JOBS);
          check(watchers, ofJobs, stories);
          long open = Duration.ofNanos(System.nanoTime() - opened).toMillis();
          TimeUnit.MILLISECONDS.sleep(Math.max(0, OPEN.toMillis() - open));
          stranger.rollback();
        }
      }
    }
  }

  /** As somebody does who changes something of his own, and then goes for lunch. */
  private static long openTransaction(Connection stranger) throws Exception {
    try (var statement = stranger.createStatement()) {
      statement.execute("create table public.others (x integer)");
      stranger.setAutoCommit(false);
      statement.execute("insert into public.others values (1)");
    }
    return System.nanoTime();
  }

  private static long callsOfVictim(Connection database) throws Exception {
    return Books.number(
        database,
        "select count(*) from queue join nodes on nodes.id = owner where name = '" + VICTIM + "'");
  }

  /** Each execution's first two calls, after some time, and not while they are held. */
  private static void failTwice(CallbackTarget target, AtomicReference<CountDownLatch> hold) {
    Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
    target.answer(hit -> {
      try {
        TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(SLOWEST_CALL_MS));
        requireNonNull(hold.get()).await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return calls.computeIfAbsent(hit.deliveryId(), _ -> new AtomicInteger()).incrementAndGet()
              <= 2
          ? 503
          : 200;
    });
  }

  private static List<String> create(StubClient client, CallbackTarget target) {
    List<String> jobs = new ArrayList<>();
    for (int i = 0; i < JOBS; i++) {
      var request =
          CreateJobRequest.newBuilder()
              .setUrl(target.url("/" + i))
              .setDelay(i * 20 + "ms")
              .setMaxRetries(5)
              .setRetryPolicy(RetryPolicy.newBuilder().setMinBackoff("1s").setMaxBackoff("2s"))
              .build();
      jobs.add(client.jobs().createJob(request).getId());
    }
    return jobs;
  }

  private static int told(Watcher watcher) {
    return watcher.messages().size();
  }

  private static long ends(Watcher watcher) {
    return watcher.messages().stream()
        .filter(message -> message.getType() == WatchMessage.Type.job_completed)
        .count();
  }

  /** What each job's watchers must have been told, by the record of its attempts. */
  private static Map<String, List<String>> stories(StubClient client, Watcher watcher) {
    Map<String, List<String>> stories = new HashMap<>();
    watcher.messages().stream()
        .map(message -> message.getJob().getId())
        .distinct()
        .forEach(job -> stories.put(job, story(client, job)));
    return stories;
  }

  private static List<String> story(StubClient client, String job) {
    List<String> story = new ArrayList<>(List.of("job_created"));
    List<Attempt> attempts =
        client
            .jobs()
            .listAttempts(ListAttemptsRequest.newBuilder().setJobId(job).build())
            .getAttemptsList();
    for (Attempt attempt : attempts) {
      String facts = " %d %s".formatted(attempt.getNumber(), attempt.getNode());
      story.add("attempt_started" + facts + " open");
      facts +=
          " %s %s %s"
              .formatted(
                  attempt.getStatus(), attempt.getStatusCode(), attempt.getError().getClass_());
      story.add("attempt_finished" + facts);
      boolean last = attempt.getStatus() == Attempt.Status.succeeded;
      story.add((last ? "job_completed" : "retry_scheduled") + facts);
    }
    return story;
  }

  private static String words(WatchMessage message) {
    Attempt attempt = message.getAttempt();
    String facts =
        " %d %s %s".formatted(attempt.getNumber(), attempt.getNode(), attempt.getStatus());
    return message.getType().name()
        + switch (message.getType()) {
          case job_created -> "";
          case attempt_started -> facts;
          default ->
              facts + " %s %s".formatted(attempt.getStatusCode(), attempt.getError().getClass_());
        };
  }

  private static void check(
      List<Watcher> watchers, Map<String, Watcher> ofJobs, Map<String, List<String>> stories) {
    List<WatchMessage> first = watchers.getFirst().messages();
    for (Watcher watcher : watchers) {
      assertThat(watcher.faults()).isEmpty();
      Map<String, List<String>> told = new HashMap<>();
      for (WatchMessage message : watcher.messages()) {
        told.computeIfAbsent(message.getJob().getId(), _ -> new ArrayList<>()).add(words(message));
      }
      assertThat(told).isEqualTo(stories);
      // All of them in one order, wherever they were told.
      assertThat(watcher.messages()).isEqualTo(first);
    }
    assertThat(stories.values().stream().flatMap(List::stream))
        .as("calls were lost")
        .anyMatch(words -> words.contains("lost"));
    ofJobs.forEach((job, watcher) -> {
      assertThat(watcher.faults()).isEmpty();
      List<String> story = stories.getOrDefault(job, List.of());
      WatchMessage snapshot = watcher.messages().getFirst();
      assertThat(snapshot.getType()).isEqualTo(WatchMessage.Type.snapshot);
      assertThat(watcher.messages().stream().skip(1).map(WatchIT::words).toList())
          .as(job)
          .isEqualTo(story.subList(toldBy(snapshot), story.size()));
    });
    int connections =
        watchers.stream().mapToInt(Watcher::connections).sum()
            + ofJobs.values().stream().mapToInt(Watcher::connections).sum();
    System.out.printf(
        "%d watchers of a project and %d of one job, connected %d times: %,d messages each%n",
        watchers.size(), ofJobs.size(), connections, first.size());
  }

  /**
   * How much of the story a snapshot stands for: three messages an attempt, but for an open one.
   */
  private static int toldBy(WatchMessage snapshot) {
    int attempts = snapshot.getJob().getAttemptCount();
    return switch (snapshot.getJob().getStatus()) {
      case pending, completed -> 1 + 3 * attempts;
      case running -> 1 + 3 * (attempts - 1) + 1;
      default -> throw new AssertionError(snapshot);
    };
  }
}
