package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.JobRequest.Retries;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** For the hashes themselves see {@code GoldenHashesTest}. */
class ContentHashTest {
  private static final Optional<Duration> SECOND = Optional.of(Duration.ofSeconds(1));
  private static final Optional<Duration> MINUTE = Optional.of(Duration.ofMinutes(1));
  private static final Retries OPEN =
      new Retries(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  @Test
  void everyPartMatters() {
    Instant time = Instant.parse("2027-03-30T10:00:00Z");
    List<JobRequest> requests =
        List.of(
            called("http://h/", Optional.empty(), Map.of(), ""),
            called("http://h/a", Optional.empty(), Map.of(), ""),
            called("http://h/", Optional.of("POST"), Map.of(), ""),
            called("http://h/", Optional.of("PUT"), Map.of(), ""),
            called("http://h/", Optional.empty(), Map.of("A", "1"), ""),
            called("http://h/", Optional.empty(), Map.of("A", "2"), ""),
            called("http://h/", Optional.empty(), Map.of("A", "1", "B", ""), ""),
            called("http://h/", Optional.empty(), Map.of(), "x"),
            called("http://h/", Optional.empty(), Map.of(), "X"),
            scheduled(new Schedule.After(Duration.ZERO)),
            scheduled(new Schedule.After(Duration.ofMillis(1))),
            scheduled(new Schedule.At(time)),
            scheduled(new Schedule.At(time.plusNanos(1_000))),
            scheduled(new Schedule.Recurring(CronExpression.parse("@hourly"))),
            scheduled(new Schedule.Recurring(CronExpression.parse("@daily"))),
            retried(Optional.of(3), Optional.empty(), Optional.empty(), Optional.empty()),
            retried(Optional.of(4), Optional.empty(), Optional.empty(), Optional.empty()),
            retried(Optional.empty(), SECOND, Optional.empty(), Optional.empty()),
            retried(Optional.empty(), Optional.empty(), SECOND, Optional.empty()),
            retried(Optional.empty(), Optional.empty(), Optional.empty(), SECOND),
            retried(Optional.empty(), Optional.empty(), Optional.empty(), MINUTE),
            limited(SECOND, Map.of()),
            limited(MINUTE, Map.of()),
            limited(Optional.empty(), Map.of("a", "1")),
            limited(Optional.empty(), Map.of("a", "2")),
            limited(Optional.empty(), Map.of("a", "1", "b", "2")));
    assertThat(requests.stream().map(ContentHashTest::hash)).doesNotHaveDuplicates();
  }

  /** Without lengths these would read alike. */
  @Test
  void partsDoNotRunIntoEachOther() {
    List<JobRequest> requests =
        List.of(
            limited(Optional.empty(), Map.of("a", "1\nlabels.b=1:2")),
            limited(Optional.empty(), Map.of("a", "1", "b", "2")),
            limited(Optional.empty(), Map.of("a", "1\n", "b", "2")));
    assertThat(requests.stream().map(ContentHashTest::hash)).doesNotHaveDuplicates();
  }

  @Test
  void theOrderOfHeadersAndLabelsDoesNotNorTheCaseOfAHeadersName() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("X-B", "2");
    headers.put("x-a", "1");
    Map<String, String> turned = new LinkedHashMap<>();
    turned.put("X-A", "1");
    turned.put("X-B", "2");
    assertThat(hash(called("http://h/", Optional.empty(), headers, "")))
        .isEqualTo(hash(called("http://h/", Optional.empty(), turned, "")));
    assertThat(hash(limited(Optional.empty(), headers)))
        .isEqualTo(hash(limited(Optional.empty(), Map.of("x-a", "1", "X-B", "2"))));
  }

  @Test
  void matchesItselfAndWhatItCanNotRead() {
    byte[] one = ContentHash.of(limited(SECOND, Map.of()));
    byte[] other = ContentHash.of(limited(MINUTE, Map.of()));
    assertThat(one).hasSize(33).startsWith(1);
    assertThat(ContentHash.matches(one, one.clone())).isTrue();
    assertThat(ContentHash.matches(other, one)).isFalse();
    byte[] later = other.clone();
    later[0] = 2;
    assertThat(ContentHash.matches(later, one)).isTrue();
    byte[] before = new byte[32];
    before[0] = 1;
    assertThat(ContentHash.matches(before, one)).isTrue();
  }

  private static String hash(JobRequest request) {
    return HexFormat.of().formatHex(ContentHash.of(request));
  }

  private static JobRequest called(
      String url, Optional<String> method, Map<String, String> headers, String body) {
    return new JobRequest(
        TargetUrl.parse(url),
        method,
        headers,
        body.getBytes(StandardCharsets.UTF_8),
        Optional.empty(),
        OPEN,
        Optional.empty(),
        Map.of());
  }

  private static JobRequest scheduled(Schedule schedule) {
    return asked(Optional.of(schedule), OPEN, Optional.empty(), Map.of());
  }

  private static JobRequest retried(
      Optional<Integer> max,
      Optional<Duration> minBackoff,
      Optional<Duration> maxBackoff,
      Optional<Duration> maxDuration) {
    var retries = new Retries(max, minBackoff, maxBackoff, maxDuration);
    return asked(Optional.empty(), retries, Optional.empty(), Map.of());
  }

  private static JobRequest limited(Optional<Duration> deadline, Map<String, String> labels) {
    return asked(Optional.empty(), OPEN, deadline, labels);
  }

  private static JobRequest asked(
      Optional<Schedule> schedule,
      Retries retries,
      Optional<Duration> deadline,
      Map<String, String> labels) {
    return new JobRequest(
        TargetUrl.parse("http://h/"),
        Optional.empty(),
        Map.of(),
        new byte[0],
        schedule,
        retries,
        deadline,
        labels);
  }
}
