package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BucketTest {
  @ParameterizedTest
  @CsvSource({
    "01890a5d-ac96-774b-bcce-b30209900000, 0",
    "01890a5d-ac96-774b-bcce-b30209900001, 1",
    "01890a5d-ac96-774b-bcce-b302099003ff, 1023",
    "01890a5d-ac96-774b-bcce-b30209900400, 0",
    "ffffffff-ffff-ffff-ffff-ffffffffffff, 1023",
  })
  void isTheLastTenBitsOfAnId(UUID id, short bucket) {
    assertThat(Bucket.of(id)).isEqualTo(bucket);
    assertThat(new JobId(id).bucket()).isEqualTo(bucket);
  }

  /** Jobs lie in these buckets for ever: SHA-256 of "project key", low 10 bits of bytes 0 and 1. */
  @ParameterizedTest
  @CsvSource({"1, order-1, 672", "1, order-2, 443", "2, order-1, 211", "1, schlüssel, 505"})
  void ofAKeyNeverChanges(int project, String key, short bucket) {
    assertThat(Bucket.of(project, key)).isEqualTo(bucket);
  }

  @Test
  void keysAreSpreadOverAllBuckets() {
    Set<Short> seen = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      seen.add(Bucket.of(1, "key " + i));
    }
    assertThat(seen).hasSize(Bucket.COUNT).allMatch(b -> b >= 0 && b < Bucket.COUNT);
  }
}
