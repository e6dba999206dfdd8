package dev.ringback.server.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Delivery;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.Happened;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.TargetUrl;
import dev.ringback.server.refusal.Late.WatcherTooSlow;
import dev.ringback.server.watch.Ring.Entry;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Four places, from position 100 on. */
class RingTest {
  private final Ring ring = new Ring(4, 3_000, 100);

  private static Entry entry(long position) {
    return new Entry(Happened.created(position, 1, new JobId(new UUID(1, 1))), null);
  }

  private void add(long... positions) {
    ring.add(Arrays.stream(positions).mapToObj(RingTest::entry).toList());
  }

  private long positionAt(long ordinal) {
    return ring.get(ordinal).event().position();
  }

  @Test
  void coversAllBehindWhereItBegan() {
    assertThat(ring.covers(99)).isFalse();
    assertThat(ring.covers(100)).isTrue();
    assertThat(ring.end()).isZero();
    assertThat(ring.firstBehind(100)).isZero();
    add(103, 104);
    assertThat(ring.covers(99)).isFalse();
    assertThat(ring.covers(100)).isTrue();
    assertThat(ring.end()).isEqualTo(2);
    assertThat(positionAt(0)).isEqualTo(103);
    assertThat(positionAt(1)).isEqualTo(104);
    assertThat(ring.get(1).ordinal()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"100, 0", "102, 0", "103, 1", "104, 1", "105, 2", "107, 2", "108, 3", "200, 3"})
  void findsTheFirstBehindAPosition(long position, long ordinal) {
    add(103, 105, 108);
    assertThat(ring.firstBehind(position)).isEqualTo(ordinal);
  }

  @Test
  void usesItsPlacesAgain() {
    add(101, 102, 105);
    add(106, 107, 109);
    assertThat(ring.end()).isEqualTo(6);
    // 102 was the last to go.
    assertThat(ring.covers(101)).isFalse();
    assertThat(ring.covers(102)).isTrue();
    assertThat(ring.firstBehind(102)).isEqualTo(2);
    assertThat(ring.firstBehind(104)).isEqualTo(2);
    assertThat(ring.firstBehind(105)).isEqualTo(3);
    assertThat(ring.firstBehind(109)).isEqualTo(6);
    assertThat(positionAt(2)).isEqualTo(105);
    assertThat(positionAt(5)).isEqualTo(109);
  }

  @Test
  void tellsWhoComesTooLate() {
    add(101, 102, 103, 104);
    assertThat(positionAt(0)).isEqualTo(101);
    add(105);
    assertThatThrownBy(() -> ring.get(0)).isInstanceOf(WatcherTooSlow.class);
    assertThat(positionAt(1)).isEqualTo(102);
    add(106, 107, 108, 109, 110, 111, 112, 113);
    assertThatThrownBy(() -> ring.get(5)).isInstanceOf(WatcherTooSlow.class);
    assertThat(positionAt(12)).isEqualTo(113);
    assertThatThrownBy(() -> ring.get(13)).isInstanceOf(WatcherTooSlow.class);
  }

  @Test
  void takesMoreThanItHolds() {
    add(101, 102, 103, 104, 105, 106);
    assertThat(ring.covers(101)).isFalse();
    assertThat(ring.covers(102)).isTrue();
    assertThat(positionAt(ring.firstBehind(102))).isEqualTo(103);
  }

  /** Each is larger than half of the room. */
  @Test
  void holdsNoMoreChangesThanThereIsRoomFor() {
    Job job = job();
    for (int position = 101; position < 110; position++) {
      Entry bare = entry(position);
      ring.add(List.of(new Entry(bare.event(), change(bare.event(), job))));
      assertThat(held()).isEqualTo(1);
    }
    Entry forgotten = ring.get(ring.end() - 3);
    ring.keep(forgotten, change(forgotten.event(), job));
    assertThat(held()).isEqualTo(1);
  }

  private static Job job() {
    var none = Optional.<Instant>empty();
    var callback = new Callback(TargetUrl.stored("http://h/"), "POST", Map.of(), new byte[0]);
    var retries = new RetryPolicy(0, Duration.ZERO, Duration.ZERO, Optional.empty());
    return new Job(
        new JobId(new UUID(1, 1)),
        new JobSpec(
            callback,
            new Schedule.At(Instant.EPOCH),
            new Delivery(retries, Duration.ofSeconds(1)),
            Map.of()),
        new Job.State(
            JobStatus.PENDING,
            none,
            none,
            0,
            Optional.empty(),
            Instant.EPOCH,
            Instant.EPOCH,
            none));
  }

  private static Change change(Event event, Job job) {
    return new Change(event, job, Optional.empty(), List.of());
  }

  private long held() {
    return LongStream.range(Math.max(0, ring.end() - 4), ring.end())
        .filter(ordinal -> ring.get(ordinal).change() != null)
        .count();
  }
}
