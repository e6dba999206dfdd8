package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.Size;
import dev.ringback.server.journey.CallbackTarget.Hit;
import dev.ringback.v1.Attempt;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.ListAttemptsRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that stops in the middle of its calls, for longer than it may be silent, and goes on. */
class FrozenNodeIT {
  private static final int JOBS = Size.of(50, 250);
  private static final Duration FROZEN = Duration.ofSeconds(Size.of(15, 60));
  private static final Duration ELSEWHERE = Duration.ofSeconds(30);

  @TempDir private Path folder;

  @Test
  void itsCallsAreMadeElsewhereAndItOverwritesNothing() throws Exception {
    try (var target = new CallbackTarget();
        var healthy =
            RingbackNode.start(
                folder.resolve("healthy"),
                Map.of("RINGBACK_NODE_ID", "healthy", "RINGBACK_ENVOY", "false"))) {
      CountDownLatch release = new CountDownLatch(1);
      // First attempts hang until they are let go, and second ones succeed at once.
      target.answer(hit -> hit.attempt() > 1 || await(release) ? 200 : 500);
      Map<String, String> settings =
          Map.of(
              "RINGBACK_DATABASE_URL", healthy.databaseUrl(),
              "RINGBACK_NODE_ID", "frozen",
              "RINGBACK_ENVOY", "false",
              "RINGBACK_ATTEMPT_DEADLINE", "5m");
      try (var frozen = RingbackNode.start(folder.resolve("frozen"), settings);
          var ofFrozen = frozen.client();
          var client = healthy.client();
          var database = healthy.database()) {
        Set<String> jobs = new HashSet<>();
        for (int i = 0; i < JOBS; i++) {
          var request =
              CreateJobRequest.newBuilder().setUrl(target.url("/" + i)).setAttemptDeadline("5m");
          jobs.add(ofFrozen.jobs().createJob(request.build()).getId());
        }
        Await.until("all are called", () -> target.hits().size() == JOBS);
        long owned =
            Books.number(
                database,
                "select count(*) from queue q join nodes n on q.owner = n.id where n.name = 'frozen'");
        assertThat(owned).as("calls of the node to be frozen").isPositive();

        frozen.freeze();
        long begun = System.nanoTime();
        Await.until(
            "its calls are made by the other node",
            ELSEWHERE,
            () -> target.hits().stream().filter(hit -> hit.attempt() == 2).count() == owned);
        long elsewhere = System.nanoTime();
        // The answers reach the frozen node's sockets, for it to find when it wakes.
        release.countDown();
        while (System.nanoTime() - begun < FROZEN.toNanos()) {
          TimeUnit.MILLISECONDS.sleep(100);
        }
        Map<String, List<Attempt>> before = attempts(client, jobs);
        frozen.thaw();
        Await.until(
            "its late results are kept",
            () ->
                Books.number(
                        database,
                        "select count(*) from attempts where status = 'lost' and status_code = 200")
                    == owned);
        Await.until(
            "it begins a new life",
            () -> Books.number(database, "select count(*) from nodes where name = 'frozen'") == 1);
        System.out.printf(
            "frozen for %d s with %d calls in flight: made elsewhere after %.1f s%n",
            FROZEN.toSeconds(), owned, (elsewhere - begun) / 1e9);
        Books.closed(database, ELSEWHERE).agreeWith(jobs, target.hits());
        check(before, attempts(client, jobs), target.hits());

        // And it is a node like any other again.
        int hits = target.hits().size();
        ofFrozen
            .jobs()
            .createJob(CreateJobRequest.newBuilder().setUrl(target.url("/after")).build());
        Await.until("it goes on", () -> target.hits().size() == hits + 1);
      }
    }
  }

  private static void check(
      Map<String, List<Attempt>> before, Map<String, List<Attempt>> after, List<Hit> hits) {
    long lost = 0;
    for (String job : after.keySet()) {
      List<Attempt> story = after.getOrDefault(job, List.of());
      assertThat(story.getLast().getStatus()).isEqualTo(Attempt.Status.succeeded);
      assertThat(story.getLast().getNode())
          .isEqualTo(story.size() == 1 ? story.getLast().getNode() : "healthy");
      if (story.size() == 2) {
        lost++;
        Attempt cut = story.getFirst();
        List<Attempt> told = before.getOrDefault(job, List.of());
        Attempt then = told.getFirst();
        assertThat(cut.getNode()).isEqualTo("frozen");
        assertThat(cut.getStatus()).isEqualTo(Attempt.Status.lost);
        assertThat(cut.getError().getClass_()).isEqualTo("lost");
        assertThat(cut.getFinishedAt()).as("given up when it was").isEqualTo(then.getFinishedAt());
        assertThat(then.hasStatusCode()).isFalse();
        assertThat(cut.getStatusCode()).isEqualTo(200);
        assertThat(cut.getResponseBody()).contains("ok");
        assertThat(cut.hasDurationMs()).isTrue();
        assertThat(story.getLast()).as("nothing is overwritten").isEqualTo(told.getLast());
      } else {
        assertThat(story).hasSize(1);
      }
    }
    assertThat(hits).hasSize((int) (after.size() + lost));
  }

  private static Map<String, List<Attempt>> attempts(StubClient client, Set<String> jobs) {
    Map<String, List<Attempt>> attempts = new HashMap<>();
    for (String job : jobs) {
      var request = ListAttemptsRequest.newBuilder().setJobId(job).build();
      attempts.put(job, client.jobs().listAttempts(request).getAttemptsList());
    }
    return attempts;
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(120, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }
}
