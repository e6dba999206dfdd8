package dev.ringback.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.engine.http.ScriptedTarget;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.store.StoreFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a slow target takes from others: nothing. */
@Timeout(60)
final class FairnessTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  private static final Schedule NOW = new Schedule.After(Duration.ZERO);
  private static final int WAITING = 3_000;
  private static final int OTHERS = 100;

  /** For a busy machine; who waited for a slow target would wait for ever. */
  private static final int LATE_MS = 3_000;

  @RegisterExtension private final EngineFixture engine = new EngineFixture();

  private static JobSpec to(ScriptedTarget target, Schedule schedule) {
    return StoreFixture.spec(target.url(), schedule, StoreFixture.RETRIES, Map.of());
  }

  @Test
  void anotherProjectWaitsForNobodysSlowTarget() throws Exception {
    int other = engine.store.project("other");
    callsOthersInTime(other);
  }

  @Test
  void anotherHostOfTheSameProjectWaitsForNoSlowTarget() throws Exception {
    callsOthersInTime(engine.store.project);
  }

  /** Jobs of a project to a host that answers, while thousands that were due before hang. */
  private void callsOthersInTime(int project) throws Exception {
    var hangs = new CountDownLatch(1);
    try (var never =
            new ScriptedTarget(line -> {
              while (line.request() != null) {
                hangs.await();
                line.send(OK);
              }
            });
        var target = EngineFixture.answering(200)) {
      List<JobSpec> waiting = new ArrayList<>();
      for (int i = 0; i < WAITING; i++) {
        waiting.add(to(never, NOW));
      }
      engine.store.createAll(engine.store.project, waiting);
      engine.start(64, Duration.ofMillis(10));
      Await.until(
          "the slow target to hold its share",
          () -> engine.store.count("queue where owner is not null") >= 24);
      List<JobSpec> others = new ArrayList<>();
      Instant first = engine.store.clock.instant().plusMillis(300);
      for (int i = 0; i < OTHERS; i++) {
        others.add(to(target, new Schedule.At(first.plusMillis(10L * i))));
      }
      engine.store.createAll(project, others);
      Await.until(
          "all the others",
          () -> engine.store.count("ended_jobs where status = 'completed'") == OTHERS);
      String late =
          engine.store.value(
              """
              select ceil(max(extract(epoch from started_at - due_at)) * 1000)::int
              from attempts where status = 'succeeded'
              """);
      assertThat(Integer.parseInt(late)).isLessThan(LATE_MS);
      assertThat(engine.store.count("queue where owner is not null")).isLessThanOrEqualTo(32);
      hangs.countDown();
    }
  }
}
