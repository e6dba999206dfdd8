package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class IdSourceTest {
  private static final long NOW = Instant.parse("2027-03-30T10:00:00.123Z").toEpochMilli();

  private final AtomicLong clock = new AtomicLong(NOW);
  private final IdSource ids = new IdSource(() -> Instant.ofEpochMilli(clock.get()), new Random(1));

  @ParameterizedTest
  @ValueSource(shorts = {0, 1, 512, 1023})
  void makesUuidsOfVersion7WithTheTimeInFrontAndTheBucketBehind(short bucket) {
    for (int i = 0; i < 100; i++) {
      UUID id = ids.job(bucket).value();
      assertThat(id.version()).isEqualTo(7);
      assertThat(id.variant()).isEqualTo(2);
      assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(NOW);
      assertThat(Bucket.of(id)).isEqualTo(bucket);
      assertThat(Bucket.of(ids.execution(bucket).value())).isEqualTo(bucket);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1})
  void versionVariantAndBucketHoldWhateverTheDice(long dice) {
    UUID id = new IdSource(InstantSource.system(), () -> dice).job((short) 341).value();
    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(Bucket.of(id)).isEqualTo((short) 341);
  }

  @Test
  void risesWithinAMillisecondAlsoWhereItsCounterRunsOver() {
    List<String> made = make(10_000);
    assertThat(made).isSorted().doesNotHaveDuplicates();
    // 4,096 to a millisecond: the last are borrowed from the second one after.
    assertThat(millis(made.getLast())).isEqualTo(NOW + 2);
  }

  @Test
  void risesWithTheClockAndAlsoWhenItStepsBack() {
    List<String> made = new ArrayList<>();
    for (long step : new long[] {0, 1, 1_000, -60_000, -1, 5, 70_000}) {
      clock.addAndGet(step);
      made.addAll(make(3));
    }
    assertThat(made).isSorted().doesNotHaveDuplicates();
    assertThat(millis(made.getLast())).isEqualTo(clock.get());
  }

  @Test
  void isUniqueAndRisesInEachOfManyThreads() throws Exception {
    int threads = 8;
    CountDownLatch start = new CountDownLatch(1);
    Set<String> all = ConcurrentHashMap.newKeySet();
    List<Future<List<String>>> results = new ArrayList<>();
    try (var executor = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < threads; i++) {
        results.add(
            executor.submit(() -> {
              start.await();
              List<String> made = make(5_000);
              all.addAll(made);
              return made;
            }));
      }
      start.countDown();
      for (Future<List<String>> made : results) {
        assertThat(made.get()).isSorted();
      }
    }
    assertThat(all).hasSize(threads * 5_000);
  }

  @Test
  void choosesAnyBucketAndStaysWithItForAMoment() {
    Set<Short> chosen = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      short bucket = ids.anyBucket();
      chosen.add(bucket);
      clock.addAndGet(100);
    }
    assertThat(chosen)
        .hasSize(Bucket.COUNT)
        .allMatch(bucket -> bucket >= 0 && bucket < Bucket.COUNT);
    clock.set(NOW);
    short bucket = ids.anyBucket();
    clock.addAndGet(10);
    assertThat(ids.anyBucket()).isEqualTo(bucket);
  }

  private List<String> make(int count) {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      made.add(ids.job((short) 7).toString());
    }
    return made;
  }

  private static long millis(String id) {
    return JobId.parse(id).orElseThrow().value().getMostSignificantBits() >>> 16;
  }
}
