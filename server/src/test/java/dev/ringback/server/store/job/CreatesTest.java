package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.job.Callback;
import dev.ringback.server.job.CronExpression;
import dev.ringback.server.job.Delivery;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.TargetUrl;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.db.StoreException;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is kept of a create, when it is due, and many at once. */
@Timeout(30)
final class CreatesTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();

  @Test
  void keepsAllThatWasSaid() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("X-Second", "naïve \"quoted\" \\ 雪");
    headers.put("X-First", "");
    Instant time = Instant.now().plusSeconds(60).truncatedTo(ChronoUnit.MICROS);
    var spec =
        new JobSpec(
            new Callback(
                TargetUrl.stored("https://example.org/a?b=%20"),
                "PUT",
                headers,
                new byte[] {0, -1, 10}),
            new Schedule.At(time),
            new Delivery(
                new RetryPolicy(
                    7,
                    Duration.ofMillis(1),
                    Duration.ofHours(24),
                    Optional.of(Duration.ofDays(40))),
                Duration.ofMillis(1_500)),
            Map.of("team", "blue", "ünï", "{}[],\"'"));

    Job created = store.create(spec);
    Job read = store.get(created.id());

    assertThat(read.spec()).usingRecursiveComparison().isEqualTo(spec);
    assertThat(read.spec().callback().headers().keySet()).containsExactly("X-Second", "X-First");
    assertThat(read.state()).isEqualTo(created.state());
    assertThat(read.state().status()).isEqualTo(JobStatus.PENDING);
    assertThat(read.state().scheduledAt()).contains(time);
    assertThat(read.state().nextRunAt()).contains(time);
  }

  @Test
  void isDueAtOnceWithNoDelay() {
    Job job = store.get(store.create(StoreFixture.spec()).id());
    assertThat(job.state().scheduledAt()).contains(job.state().createdAt());
    assertThat(job.state().nextRunAt()).contains(job.state().createdAt());
  }

  @Test
  void countsADelayFromTheDatabasesNow() {
    Job created = store.create(StoreFixture.spec(new Schedule.After(Duration.ofMillis(90_001))));
    Job read = store.get(created.id());
    assertThat(read.state().nextRunAt())
        .contains(read.state().createdAt().plus(Duration.ofMillis(90_001)));
    assertThat(read.state()).isEqualTo(created.state());
  }

  @Test
  void queuesTheMissedBehindWhatWasDueBefore() {
    Instant past = Instant.parse("2001-02-03T04:05:06.789012Z");
    Job created = store.create(StoreFixture.spec(new Schedule.At(past)));
    Job read = store.get(created.id());
    assertThat(read.state().scheduledAt()).contains(past);
    assertThat(read.state().nextRunAt()).contains(read.state().createdAt());
    assertThat(read.state()).isEqualTo(created.state());
  }

  @Test
  void firesByCronNextByTheDatabasesClock() {
    CronExpression cron = CronExpression.parse("*/5 * * * *");
    Instant before = store.clock.instant();
    Job created = store.create(StoreFixture.spec(new Schedule.Recurring(cron)));
    Instant after = store.clock.instant();
    Job read = store.get(created.id());
    assertThat(read.spec().schedule()).isEqualTo(new Schedule.Recurring(cron));
    assertThat(read.state().scheduledAt()).isEmpty();
    assertThat(read.state().nextRunAt().orElseThrow())
        .isIn(cron.next(before).orElseThrow(), cron.next(after).orElseThrow());
    assertThat(read.state()).isEqualTo(created.state());
  }

  @Test
  void commitsManyWaitingCreatesTogether() throws Exception {
    List<CompletableFuture<Job>> created = createBehindAClosedDoor(200, -1);
    created.forEach(CompletableFuture::join);
    assertThat(store.count("jobs")).isEqualTo(200);
    assertThat(store.count("queue")).isEqualTo(200);
    // The writer had begun with what there was; the rest went in together.
    assertThat(Integer.parseInt(store.value("select count(distinct created_at) from jobs")))
        .isLessThanOrEqualTo(2);
  }

  @Test
  void letsABadOneHarmNoOther() throws Exception {
    List<CompletableFuture<Job>> created = createBehindAClosedDoor(20, 13);
    for (int i = 0; i < created.size(); i++) {
      if (i == 13) {
        assertThat(created.get(i))
            .failsWithin(Duration.ofSeconds(10))
            .withThrowableThat()
            .havingCause()
            .isInstanceOf(StoreException.class);
      } else {
        store.get(created.get(i).join().id());
      }
    }
    assertThat(store.count("jobs")).isEqualTo(19);
  }

  /** Creates all at the same time while the table is locked, and then unlocks it. */
  private List<CompletableFuture<Job>> createBehindAClosedDoor(int count, int bad)
      throws Exception {
    List<CompletableFuture<Job>> created = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    try (Connection door = store.connect();
        Statement statement = door.createStatement()) {
      door.setAutoCommit(false);
      statement.execute("lock table jobs in exclusive mode");
      for (int i = 0; i < count; i++) {
        JobSpec spec =
            StoreFixture.labelled(Map.of("number", i == bad ? "N\0L" : Integer.toString(i)));
        var answer = new CompletableFuture<Job>();
        created.add(answer);
        threads.add(Thread.startVirtualThread(() -> create(spec, answer)));
      }
      Await.until(
          "creates that wait",
          () -> threads.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
      door.commit();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return created;
  }

  private void create(JobSpec spec, CompletableFuture<Job> answer) {
    try {
      answer.complete(store.create(spec));
    } catch (CompletionException | StoreException e) {
      answer.completeExceptionally(e);
    }
  }
}
