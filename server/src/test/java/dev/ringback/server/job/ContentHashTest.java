package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContentHashTest {
  private static final String URL = "https://example.com/a";
  private static final Callback CALLBACK = callback(URL, "POST", Map.of("A", "1", "B", "2"), "x");
  private static final Schedule NOW = new Schedule.After(Duration.ZERO);
  private static final RetryPolicy RETRIES = retries(3, 10, 3600, Optional.empty());
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Map<String, String> LABELS = Map.of("team", "billing", "tier", "1");
  private static final JobSpec SPEC = new JobSpec(CALLBACK, NOW, RETRIES, DEADLINE, LABELS);

  @Test
  void everyPartMatters() {
    Instant time = Instant.parse("2027-03-30T10:00:00Z");
    List<JobSpec> specs =
        List.of(
            SPEC,
            with(callback(URL + "b", "POST", CALLBACK.headers(), "x")),
            with(callback(URL, "PUT", CALLBACK.headers(), "x")),
            with(callback(URL, "POST", Map.of(), "x")),
            with(callback(URL, "POST", Map.of("A", "1", "B", "3"), "x")),
            with(callback(URL, "POST", Map.of("A", "1", "C", "2"), "x")),
            with(callback(URL, "POST", Map.of("a", "1", "B", "2"), "x")),
            with(callback(URL, "POST", CALLBACK.headers(), "")),
            with(callback(URL, "POST", CALLBACK.headers(), "X")),
            with(new Schedule.After(Duration.ofMillis(1))),
            with(new Schedule.At(time)),
            with(new Schedule.At(time.plusNanos(1_000))),
            with(new Schedule.Recurring(CronExpression.parse("@hourly"))),
            with(new Schedule.Recurring(CronExpression.parse("@daily"))),
            with(retries(4, 10, 3600, Optional.empty())),
            with(retries(3, 11, 3600, Optional.empty())),
            with(retries(3, 10, 3601, Optional.empty())),
            with(retries(3, 10, 3600, Optional.of(DEADLINE))),
            new JobSpec(CALLBACK, NOW, RETRIES, Duration.ofSeconds(31), LABELS),
            new JobSpec(CALLBACK, NOW, RETRIES, DEADLINE, Map.of()),
            new JobSpec(CALLBACK, NOW, RETRIES, DEADLINE, Map.of("team", "billing", "tier", "2")));
    assertThat(specs.stream().map(ContentHashTest::hash)).doesNotHaveDuplicates();
  }

  /** Without lengths these would read alike. */
  @Test
  void partsDoNotRunIntoEachOther() {
    List<JobSpec> specs =
        List.of(
            with(callback("https://a", "POST", Map.of("A", "1B"), "")),
            with(callback("https://aP", "OST", Map.of("A", "1B"), "")),
            with(callback("https://a", "POST", Map.of("A1", "B"), "")),
            with(callback("https://a", "POST", Map.of("A", "1", "B", ""), "")),
            with(callback("https://a", "POST", Map.of("A", "1"), "B")));
    assertThat(specs.stream().map(ContentHashTest::hash)).doesNotHaveDuplicates();
  }

  @Test
  void theOrderOfHeadersAndLabelsDoesNot() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("B", "2");
    headers.put("A", "1");
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("tier", "1");
    labels.put("team", "billing");
    JobSpec turned =
        new JobSpec(callback(URL, "POST", headers, "x"), NOW, RETRIES, DEADLINE, labels);
    assertThat(hash(turned)).isEqualTo(hash(SPEC));
  }

  @Test
  void isASha256() {
    assertThat(ContentHash.of(SPEC)).hasSize(32);
  }

  private static String hash(JobSpec spec) {
    return HexFormat.of().formatHex(ContentHash.of(spec));
  }

  private static JobSpec with(Callback callback) {
    return new JobSpec(callback, NOW, RETRIES, DEADLINE, LABELS);
  }

  private static JobSpec with(Schedule schedule) {
    return new JobSpec(CALLBACK, schedule, RETRIES, DEADLINE, LABELS);
  }

  private static JobSpec with(RetryPolicy retries) {
    return new JobSpec(CALLBACK, NOW, retries, DEADLINE, LABELS);
  }

  private static RetryPolicy retries(int max, int from, int to, Optional<Duration> limit) {
    return new RetryPolicy(max, Duration.ofSeconds(from), Duration.ofSeconds(to), limit);
  }

  private static Callback callback(
      String url, String method, Map<String, String> headers, String body) {
    return new Callback(
        TargetUrl.stored(url), method, headers, body.getBytes(StandardCharsets.UTF_8));
  }
}
