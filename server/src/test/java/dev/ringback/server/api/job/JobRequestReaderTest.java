package dev.ringback.server.api.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.api.read.ViolationsTest;
import dev.ringback.server.job.CronExpression;
import dev.ringback.server.job.JobDefaults;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.refusal.Violation;
import dev.ringback.v1.CreateJobRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobRequestReaderTest {
  private static final Instant NOW = Instant.parse("2027-03-30T10:00:00Z");
  private static final JobDefaults DEFAULTS =
      JobDefaults.of(Duration.ofSeconds(10), Duration.ofHours(1), Duration.ofSeconds(30));

  private final JobRequestReader reader =
      new JobRequestReader(Duration.ofSeconds(10), 16, InstantSource.fixed(NOW));

  @Test
  void whatIsNotSaidHasItsDefault() {
    JobSpec spec = read(request());
    assertThat(spec.callback().url()).hasToString("https://example.com");
    assertThat(spec.callback().method()).isEqualTo("POST");
    assertThat(spec.callback().headers()).isEmpty();
    assertThat(spec.callback().body()).isEmpty();
    assertThat(spec.schedule()).isEqualTo(new Schedule.After(Duration.ZERO));
    assertThat(spec.delivery().retryPolicy()).isEqualTo(retries(3, 10, 3600));
    assertThat(spec.delivery().attemptDeadline()).isEqualTo(Duration.ofSeconds(30));
    assertThat(spec.labels()).isEmpty();
  }

  @Test
  void whatIsSaidIsKept() {
    CreateJobRequest.Builder request =
        request()
            .setHttpMethod("put")
            .putHeaders("B", "2")
            .putHeaders("A", "1")
            .setBody("grün")
            .setCron("0 9 * * 1-5")
            .setTimeZone("UTC")
            .setMaxRetries(0)
            .setAttemptDeadline("1m")
            .putLabels("team/a.b", "größe");
    request
        .getRetryPolicyBuilder()
        .setMinBackoff("10ms")
        .setMaxBackoff("24h")
        .setMaxRetryDuration("30d");
    JobSpec spec = read(request);
    assertThat(spec.callback().method()).isEqualTo("PUT");
    assertThat(spec.callback().headers()).containsExactly(Map.entry("B", "2"), Map.entry("A", "1"));
    assertThat(spec.callback().body()).asString().isEqualTo("grün");
    assertThat(spec.schedule())
        .isEqualTo(new Schedule.Recurring(CronExpression.parse("0 9 * * 1-5")));
    assertThat(spec.delivery().retryPolicy())
        .isEqualTo(
            new RetryPolicy(
                0, Duration.ofMillis(10), Duration.ofHours(24), Optional.of(Duration.ofDays(30))));
    assertThat(spec.delivery().attemptDeadline()).isEqualTo(Duration.ofMinutes(1));
    assertThat(spec.labels()).isEqualTo(Map.of("team/a.b", "größe"));
  }

  @Test
  void aBodyMayBeBinary() {
    ByteString bytes = ByteString.copyFrom(new byte[] {0, -1, 13, 10});
    assertThat(read(request().setBinaryBody(bytes)).callback().body())
        .isEqualTo(bytes.toByteArray());
  }

  @Test
  void aLongFirstWaitRaisesTheLongest() {
    CreateJobRequest.Builder request = request();
    request.getRetryPolicyBuilder().setMinBackoff("2h");
    assertThat(read(request).delivery().retryPolicy()).isEqualTo(retries(3, 7200, 7200));
  }

  @ParameterizedTest
  @CsvSource({
    "2027-03-30T10:00:01Z, 2027-03-30T10:00:01Z",
    "2027-03-30T12:00:00.5+02:00, 2027-03-30T10:00:00.5Z",
    "2027-03-30t10:00:00z, 2027-03-30T10:00:00Z",
    // To the microsecond, which is what the database keeps.
    "2027-03-30T10:00:00.123456789Z, 2027-03-30T10:00:00.123456Z",
    "2037-03-30T10:00:00Z, 2037-03-30T10:00:00Z",
    "1999-12-31T23:59:59Z, 1999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z, 1970-01-01T00:00:00Z",
  })
  void readsTimes(String text, Instant time) {
    assertThat(read(request().setScheduledAt(text)).schedule()).isEqualTo(new Schedule.At(time));
  }

  @ParameterizedTest
  @CsvSource({"24h, PT24H", "0s, PT0S", "1h30m, PT1H30M", "500ms, PT0.5S", "3653d, PT87672H"})
  void readsDelays(String text, Duration delay) {
    assertThat(read(request().setDelay(text)).schedule()).isEqualTo(new Schedule.After(delay));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTC", "Etc/UTC"})
  void knowsTheNamesOfUtc(String zone) {
    assertThat(problems(request().setCron("@daily").setTimeZone(zone))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tomorrow",
        "2027-03-30",
        "2027-03-30T10:00:00",
        "2027-03-30 10:00:00Z",
        "1806400800",
        "2027-02-30T10:00:00Z",
        "2027-03-30T24:00:00Z",
        "2027-03-30T10:00:00+25:00",
        "2027-03-30T10:00:00Z[UTC]",
        " 2027-03-30T10:00:00Z",
        "٢٠٢٧-03-30T10:00:00Z"
      })
  void refusesWhatIsNoTime(String text) {
    assertThat(problems(request().setScheduledAt(text)))
        .containsExactly(
            new Violation(
                "scheduled_at", "must be a time in RFC 3339, such as 2027-03-30T10:00:00Z"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2037-04-01T00:00:00Z", "9999-12-31T23:59:59Z"})
  void refusesTimesThatAreTooFarAway(String text) {
    assertThat(problems(request().setScheduledAt(text)))
        .containsExactly(new Violation("scheduled_at", "must be at most 10 years ahead"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1s", "soon", "1", "3654d", "213503982335d", "999999999999d"})
  void refusesWhatIsNoDelay(String text) {
    assertThat(problems(request().setDelay(text)))
        .containsExactly(
            new Violation(
                "delay", "must be a duration such as 24h, 1h30m or 90s, at most 10 years"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"60 * * * *", "0 0 30 2 *", "* * * *", "* * * * * *", "never", " "})
  void refusesWhatIsNoCron(String text) {
    assertThat(problems(request().setCron(text)))
        .singleElement()
        .satisfies(violation -> {
          assertThat(violation.field()).isEqualTo("cron");
          assertThat(violation.description())
              .startsWith("must be five fields (minute, hour, day of month, month, day of week)")
              .doesNotEndWith("null");
        });
  }

  @Test
  void refusesALongCron() {
    assertThat(problems(request().setCron("0" + ",0".repeat(100) + " * * * *")))
        .singleElement()
        .satisfies(v -> assertThat(v.description()).endsWith(": more than 200 characters"));
  }

  @Test
  void oneOfTheThreeTimesExcludesTheOthers() {
    Violation once =
        new Violation("cron", "scheduled_at, delay and cron exclude each other: give one");
    String time = "2027-03-30T10:00:00Z";
    assertThat(problems(request().setCron("@daily").setScheduledAt(time))).containsExactly(once);
    assertThat(problems(request().setDelay("1h").setScheduledAt(time)))
        .containsExactly(new Violation("delay", once.description()));
    assertThat(problems(request().setCron("@daily").setDelay("1h"))).containsExactly(once);
    assertThat(problems(request().setCron("@daily").setDelay("1h").setScheduledAt(time)))
        .containsExactly(once);
  }

  @Test
  void timeZonesAreForCronAndUtc() {
    assertThat(problems(request().setCron("@daily").setTimeZone("Europe/Berlin")))
        .containsExactly(
            new Violation("time_zone", "must be UTC: other time zones are not there yet"));
    assertThat(problems(request().setScheduledAt("2027-03-30T10:00:00Z").setTimeZone("UTC")))
        .containsExactly(
            new Violation("time_zone", "is for cron; scheduled_at holds its own offset"));
  }

  @ParameterizedTest
  @CsvSource({
    "get, '', GET",
    "'', DELETE, DELETE",
    "Post, pOST, POST",
    "options, '', OPTIONS",
    "HEAD, '', HEAD",
    "PATCH, '', PATCH"
  })
  void knowsMethodsUnderBothNames(String method, String httpMethod, String known) {
    assertThat(read(request().setMethod(method).setHttpMethod(httpMethod)).callback().method())
        .isEqualTo(known);
  }

  @ParameterizedTest
  @CsvSource({
    "CONNECT, '', method",
    "TRACE, '', method",
    "'', BREW, http_method",
    "'GET ', '', method",
    "'GET / HTTP/1.1\r\n', '', method"
  })
  void refusesUnknownMethods(String method, String httpMethod, String field) {
    assertThat(problems(request().setMethod(method).setHttpMethod(httpMethod)))
        .containsExactly(
            new Violation(field, "must be one of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS"));
  }

  @Test
  void refusesMethodsThatDiffer() {
    assertThat(problems(request().setMethod("GET").setHttpMethod("PUT")))
        .containsExactly(
            new Violation(
                "http_method",
                "is another name for method: when both are given they must be the same"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1_000})
  void retriesHaveARange(int retries) {
    assertThat(read(request().setMaxRetries(retries)).delivery().retryPolicy().maxRetries())
        .isEqualTo(retries);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1_001, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void refusesRetriesBeyondTheirRange(int retries) {
    assertThat(problems(request().setMaxRetries(retries)))
        .containsExactly(new Violation("max_retries", "must be from 0 to 1000"));
  }

  @ParameterizedTest
  @CsvSource({
    "9ms, '', '', retry_policy.min_backoff, 10ms, 24h",
    "24h1ms, '', '', retry_policy.min_backoff, 10ms, 24h",
    "junk, '', '', retry_policy.min_backoff, 10ms, 24h",
    "1h, 59m, '', retry_policy.max_backoff, 1h, 24h",
    "'', 9s, '', retry_policy.max_backoff, 10s, 24h",
    "'', 25h, '', retry_policy.max_backoff, 10s, 24h",
    "'', '', 999ms, retry_policy.max_retry_duration, 1s, 720h",
    "'', '', 31d, retry_policy.max_retry_duration, 1s, 720h",
  })
  void durationsHaveARange(
      String min, String max, String limit, String field, String from, String to) {
    CreateJobRequest.Builder request = request();
    request
        .getRetryPolicyBuilder()
        .setMinBackoff(min)
        .setMaxBackoff(max)
        .setMaxRetryDuration(limit);
    assertThat(problems(request)).containsExactly(range(field, from, to));
  }

  @ParameterizedTest
  @ValueSource(strings = {"999ms", "30m1ms", "0s", "30"})
  void deadlinesHaveARange(String deadline) {
    assertThat(problems(request().setAttemptDeadline(deadline)))
        .containsExactly(range("attempt_deadline", "1s", "30m"));
  }

  @Test
  void bodiesHaveALimitInBytes() {
    assertThat(problems(request().setBody("ä".repeat(8)))).isEmpty();
    assertThat(problems(request().setBody("ä".repeat(8) + "a")))
        .containsExactly(new Violation("body", "must have at most 16 bytes, not 17"));
    assertThat(problems(request().setBinaryBody(ByteString.copyFrom(new byte[17]))))
        .containsExactly(new Violation("binary_body", "must have at most 16 bytes, not 17"));
    assertThat(problems(request().setBody("a").setBinaryBody(ByteString.copyFrom(new byte[1]))))
        .containsExactly(new Violation("binary_body", "must not be given together with body"));
  }

  @Test
  void labelsHaveLimits() {
    CreateJobRequest.Builder most = request();
    for (int i = 0; i < 32; i++) {
      most.putLabels("k" + i, "v".repeat(255));
    }
    assertThat(problems(most)).isEmpty();
    assertThat(problems(most.putLabels("k", "")))
        .containsExactly(new Violation("labels", "must be at most 32"));
    String key = "must have a key of 1 to 63 letters, digits, _, -, . or /";
    String value = "must have a value of at most 255 characters, without NUL";
    String longest = "k".repeat(63);
    assertThat(problems(request().putLabels(longest, ""))).isEmpty();
    assertThat(problems(request().putLabels(longest + "k", "")))
        .containsExactly(new Violation("labels[" + longest + "k]", key));
    for (String bad : List.of("", "a b", "a=b", "ä", "a\n")) {
      assertThat(problems(request().putLabels(bad, "")))
          .containsExactly(new Violation("labels[" + bad + "]", key));
    }
    for (String bad : List.of("v".repeat(256), "a\0")) {
      assertThat(problems(request().putLabels("k", bad)))
          .containsExactly(new Violation("labels[k]", value));
    }
  }

  @Test
  void allThatIsWrongIsToldAtOnce() {
    CreateJobRequest.Builder request =
        CreateJobRequest.newBuilder()
            .setUrl("ftp://u:p@example.com")
            .setMethod("BREW")
            .setHttpMethod("GET")
            .putHeaders("a b", "1")
            .putHeaders("Connection", "close")
            .putHeaders("X", "1\r\nY: 2")
            .setBody("x".repeat(17))
            .setScheduledAt("tomorrow")
            .setDelay("-1s")
            .setCron("60 * * * *")
            .setTimeZone("Mars/Olympus")
            .setMaxRetries(-1)
            .setAttemptDeadline("1y")
            .putLabels("a b", "c");
    request
        .getRetryPolicyBuilder()
        .setMinBackoff("1ms")
        .setMaxBackoff("1ms")
        .setMaxRetryDuration("1ms");
    assertThat(problems(request))
        .extracting(Violation::field)
        .containsExactlyInAnyOrder(
            "url",
            "headers[a b]",
            "headers[Connection]",
            "headers[X]",
            "labels[a b]",
            "http_method",
            "method",
            "body",
            "cron",
            "time_zone",
            "scheduled_at",
            "delay",
            "cron",
            "max_retries",
            "retry_policy.min_backoff",
            "retry_policy.max_backoff",
            "retry_policy.max_retry_duration",
            "attempt_deadline");
  }

  private static CreateJobRequest.Builder request() {
    return CreateJobRequest.newBuilder().setUrl("https://example.com");
  }

  private static Violation range(String field, String from, String to) {
    return new Violation(field, "must be a duration such as 30s or 1h, from " + from + " to " + to);
  }

  private static RetryPolicy retries(int max, int from, int to) {
    return new RetryPolicy(max, Duration.ofSeconds(from), Duration.ofSeconds(to), Optional.empty());
  }

  private JobSpec read(CreateJobRequest.Builder request) {
    Violations violations = new Violations();
    JobSpec spec = reader.read(request.build(), violations).spec(DEFAULTS);
    violations.check();
    return spec;
  }

  private List<Violation> problems(CreateJobRequest.Builder request) {
    Violations violations = new Violations();
    reader.read(request.build(), violations);
    return ViolationsTest.told(violations);
  }
}
