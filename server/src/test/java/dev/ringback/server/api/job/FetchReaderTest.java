package dev.ringback.server.api.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import dev.ringback.server.api.RawHeaders;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.api.read.ViolationsTest;
import dev.ringback.server.job.JobDefaults;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Violation;
import io.grpc.Metadata;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FetchReaderTest {
  private static final byte[] BYTES = {0, -1, 13, 10};

  private static final JobDefaults DEFAULTS =
      JobDefaults.of(Duration.ofSeconds(10), Duration.ofHours(1), Duration.ofSeconds(30));

  private final FetchReader reader = new FetchReader(16);
  private final Violations violations = new Violations();

  @Test
  void relaysBodyTypeAndMethodForAWeek() {
    JobSpec spec =
        read(
            body("image/png", BYTES),
            Map.of("x-fetch-url", "https://example.com", "x-rest-method", "PUT"));
    violations.check();
    assertThat(spec.callback().url()).hasToString("https://example.com");
    assertThat(spec.callback().method()).isEqualTo("PUT");
    assertThat(spec.callback().headers()).isEqualTo(Map.of("Content-Type", "image/png"));
    assertThat(spec.callback().body()).isEqualTo(BYTES);
    assertThat(spec.schedule()).isEqualTo(new Schedule.After(Duration.ZERO));
    assertThat(spec.delivery().retryPolicy()).isEqualTo(retries(1_000, Duration.ofDays(7)));
  }

  @Test
  void headersSayTheRest() {
    JobSpec spec =
        read(
            HttpBody.getDefaultInstance(),
            Map.of(
                "x-fetch-url", " https://example.com ",
                "x-fetch-method", "DELETE",
                "x-delay", "24h",
                "x-max-retries", "7",
                "x-max-retry-duration", "1h"));
    violations.check();
    assertThat(spec.callback().url()).hasToString("https://example.com");
    assertThat(spec.callback().method()).isEqualTo("DELETE");
    assertThat(spec.callback().headers()).isEmpty();
    assertThat(spec.schedule()).isEqualTo(new Schedule.After(Duration.ofHours(24)));
    assertThat(spec.delivery().retryPolicy()).isEqualTo(retries(7, Duration.ofHours(1)));
  }

  @Test
  void isAPostWhenNothingIsSaid() {
    JobSpec spec =
        read(HttpBody.getDefaultInstance(), Map.of("x-fetch-url", "https://example.com"));
    violations.check();
    assertThat(spec.callback().method()).isEqualTo("POST");
  }

  @Test
  void whatIsWrongHasTheNameOfItsHeader() {
    read(
        body("a\u007fb", new byte[17]),
        Map.of(
            "x-fetch-method", "BREW",
            "x-delay", "soon",
            "x-max-retries", "many",
            "x-max-retry-duration", "1y"));
    assertThat(ViolationsTest.told(violations))
        .extracting(Violation::field)
        .containsExactlyInAnyOrder(
            "x-fetch-url",
            "x-fetch-method",
            "x-delay",
            "x-max-retries",
            "x-max-retry-duration",
            "content-type",
            "body");
  }

  @Test
  void relaysWhatTheBodyIs() {
    JobSpec spec =
        read(
            body("text/plain; a=\"b,\\\",c\"", BYTES),
            RawHeaders.of(
                "x-fetch-url", "https://example.com",
                "content-encoding", "gzip,br",
                "content-language", "de",
                "content-language", "en",
                "content-location", "/elsewhere"));
    violations.check();
    assertThat(spec.callback().headers())
        .isEqualTo(
            Map.of(
                "Content-Type", "text/plain; a=\"b,\\\",c\"",
                "Content-Encoding", "gzip,br",
                "Content-Language", "de, en"));
  }

  /** Envoy joins two of them by a comma. */
  @Test
  void aContentTypeGivenTwiceIsRefused() {
    for (String type : new String[] {"text/plain,text/plain", "text/plain, a/b", "a/b;c=\"d\",e"}) {
      Violations told = new Violations();
      read(body(type, BYTES), RawHeaders.of("x-fetch-url", "https://example.com"), told);
      assertThat(ViolationsTest.told(told))
          .containsExactly(new Violation("content-type", "must be one media type, given once"));
    }
  }

  @Test
  void whatABodyIsMustBeAscii() {
    read(
        body("text/ü", BYTES),
        RawHeaders.of(
            "x-fetch-url", "https://example.com",
            "content-encoding", "güip",
            "content-language", "ü"));
    assertThat(ViolationsTest.told(violations))
        .extracting(Violation::field)
        .containsExactlyInAnyOrder("content-type", "content-encoding", "content-language");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-fetch-url",
        "x-fetch-method",
        "x-delay",
        "x-max-retries",
        "x-max-retry-duration"
      })
  void whatAHeaderSaysMustBeSure(String name) {
    Violation twice = new Violation(name, "must be given once, not 2 times");
    assertThat(refused(RawHeaders.of(name, "1", name, "2"))).containsExactly(twice);
    assertThat(refused(RawHeaders.of(name, "1", name, "1"))).containsExactly(twice);
    assertThat(refused(RawHeaders.of(name, "", name, "1"))).containsExactly(twice);
    for (String odd : List.of("aü", "üa", "a\u007fb", "a\u0001b")) {
      assertThat(refused(RawHeaders.of(name, odd)))
          .containsExactly(
              new Violation(
                  name,
                  "must be visible ASCII, with spaces and tabs between"
                      + (name.equals("x-fetch-url")
                          ? ": percent-encode all else, such as %C3%BC for ü"
                          : "")));
    }
  }

  private List<Violation> refused(Metadata headers) {
    return catchThrowableOfType(
            InvalidFields.class,
            () -> read(HttpBody.getDefaultInstance(), headers, new Violations()))
        .violations();
  }

  @Test
  void retriesAreAWholeNumberInRange() {
    for (String text : new String[] {"1.5", "9999999999", "+1", "1 000"}) {
      assertThat(maxRetries(text)).isEqualTo("must be a whole number");
    }
    for (String text : new String[] {"-1", "1001", "999999999"}) {
      assertThat(maxRetries(text)).isEqualTo("must be from 0 to 1000");
    }
  }

  private String maxRetries(String text) {
    Violations told = new Violations();
    Metadata headers = new Metadata();
    headers.put(CallContext.key("x-fetch-url"), "https://example.com");
    headers.put(CallContext.key("x-max-retries"), text);
    reader.read(HttpBody.getDefaultInstance(), new CallContext(1, headers, new Metadata()), told);
    return ViolationsTest.told(told).getFirst().description();
  }

  private JobSpec read(HttpBody body, Map<String, String> given) {
    Metadata headers = new Metadata();
    given.forEach((name, value) -> headers.put(CallContext.key(name), value));
    return read(body, headers);
  }

  private JobSpec read(HttpBody body, Metadata headers) {
    return read(body, headers, violations);
  }

  private JobSpec read(HttpBody body, Metadata headers, Violations told) {
    return reader
        .read(body, new CallContext(1, headers, new Metadata()), told)
        .spec(DEFAULTS.ofRelays());
  }

  private static HttpBody body(String type, byte[] bytes) {
    return HttpBody.newBuilder().setContentType(type).setData(ByteString.copyFrom(bytes)).build();
  }

  private static RetryPolicy retries(int max, Duration limit) {
    return new RetryPolicy(max, Duration.ofSeconds(10), Duration.ofHours(1), Optional.of(limit));
  }
}
