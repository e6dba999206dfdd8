package dev.ringback.server.journey;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.Size;
import dev.ringback.server.journey.CallbackTarget.Hit;
import dev.ringback.v1.Attempt;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.ListAttemptsRequest;
import dev.ringback.v1.ListJobsRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code kill -9} of a node costs: the calls in flight are made again, and nothing else. */
class CrashIT {
  private static final int JOBS = Size.of(2_000, 10_000);
  private static final int CREATORS = 16;
  private static final int ANSWERED = Size.of(500, 5_000);
  private static final int IN_FLIGHT = 100;
  private static final String VICTIM = "node-that-is-killed";

  /**
   * Node, its Envoy and its PostgreSQL start, the dead node is found out, and the rest is called.
   */
  private static final Duration HEALED = Duration.ofSeconds(90);

  @TempDir private Path dataDir;

  @Test
  void everyJobCompletesAndEveryAttemptIsOnRecord() throws Exception {
    try (var target = new CallbackTarget()) {
      // A part is answered; then calls stay in flight, as many as the node makes at once.
      CountDownLatch killed = new CountDownLatch(1);
      AtomicInteger calls = new AtomicInteger();
      target.answer(_ -> calls.incrementAndGet() <= ANSWERED || await(killed) ? 200 : 500);
      Set<String> created;
      try (var node = RingbackNode.start(dataDir, Map.of("RINGBACK_NODE_ID", VICTIM))) {
        try (var client = node.client()) {
          created = create(client, target);
          assertThat(created).hasSize(JOBS);
          Await.until("calls are in flight", HEALED, () -> calls.get() >= ANSWERED + IN_FLIGHT);
        }
        node.kill();
      }
      killed.countDown();
      int hitsBefore = target.hits().size();

      long restart = System.nanoTime();
      try (var node = RingbackNode.start(dataDir, Map.of("RINGBACK_NODE_ID", "node-that-follows"));
          var client = node.client()) {
        long started = System.nanoTime();
        Await.until("all are completed", HEALED, () -> count(client, Job.Status.completed) == JOBS);
        long healed = System.nanoTime();
        Map<String, List<Attempt>> attempts = attempts(client, created);
        List<Attempt> lost = lost(attempts);
        System.out.printf(
            "kill -9 under %,d jobs: %,d called before, %d lost attempts; ready after %.1f s, all"
                + " completed after %.1f s%n",
            JOBS, hitsBefore, lost.size(), (started - restart) / 1e9, (healed - restart) / 1e9);
        check(target.hits(), attempts);
        assertThat(lost).hasSizeGreaterThanOrEqualTo(IN_FLIGHT);
      }
    }
  }

  private static void check(List<Hit> hits, Map<String, List<Attempt>> attempts) {
    Map<String, List<Attempt>> byDelivery =
        attempts.values().stream()
            .flatMap(List::stream)
            .collect(groupingBy(Attempt::getExecutionId));
    // No call that is not on record.
    for (Hit hit : hits) {
      assertThat(
              byDelivery.getOrDefault(hit.deliveryId(), List.of()).stream().map(Attempt::getNumber))
          .as("the attempts of " + hit.deliveryId())
          .contains(hit.attempt());
    }
    // No call was made twice under one attempt.
    assertThat(
            hits.stream().collect(groupingBy(h -> h.deliveryId() + " " + h.attempt(), counting())))
        .allSatisfy((_, calls) -> assertThat(calls).isEqualTo(1));
    // Each story is: lost, if it was in flight at the kill, and then success.
    assertThat(attempts).hasSize(JOBS);
    attempts.forEach((job, story) -> {
      assertThat(story.getLast().getStatus()).as(job).isEqualTo(Attempt.Status.succeeded);
      for (int i = 0; i < story.size(); i++) {
        assertThat(story.get(i).getNumber()).as(job).isEqualTo(i + 1);
      }
      for (Attempt cut : story.subList(0, story.size() - 1)) {
        assertThat(cut.getStatus()).as(job + " " + cut).isEqualTo(Attempt.Status.lost);
        assertThat(cut.getNode()).as(job).isEqualTo(VICTIM);
        assertThat(cut.getError().getClass_()).as(job).isEqualTo("lost");
        assertThat(cut.hasFinishedAt()).as(job).isTrue();
      }
      assertThat(story.size()).as("only calls in flight are repeated").isLessThanOrEqualTo(2);
    });
  }

  private static List<Attempt> lost(Map<String, List<Attempt>> attempts) {
    return attempts.values().stream()
        .flatMap(List::stream)
        .filter(attempt -> attempt.getStatus() == Attempt.Status.lost)
        .toList();
  }

  private static Set<String> create(StubClient client, CallbackTarget target) throws Exception {
    try (ExecutorService creators = Executors.newFixedThreadPool(CREATORS)) {
      List<Callable<String>> calls = new ArrayList<>();
      for (int i = 0; i < JOBS; i++) {
        var request = CreateJobRequest.newBuilder().setUrl(target.url("/" + i)).build();
        calls.add(() -> client.jobs().createJob(request).getId());
      }
      return creators.invokeAll(calls).stream().map(Future::resultNow).collect(toSet());
    }
  }

  private static int count(StubClient client, Job.Status status) {
    int count = 0;
    String token = "";
    do {
      var page =
          client
              .jobs()
              .listJobs(
                  ListJobsRequest.newBuilder()
                      .addStatus(status)
                      .setPageSize(500)
                      .setPageToken(token)
                      .build());
      count += page.getJobsCount();
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return count;
  }

  private static Map<String, List<Attempt>> attempts(StubClient client, Set<String> jobs)
      throws IOException {
    Map<String, List<Attempt>> attempts = new HashMap<>();
    for (String job : jobs) {
      var request = ListAttemptsRequest.newBuilder().setJobId(job).build();
      attempts.put(job, client.jobs().listAttempts(request).getAttemptsList());
    }
    return attempts;
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }
}
