package dev.ringback.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Violation;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.RetryPolicy;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
  private static <B extends Message.Builder> B read(byte[] json, B message) {
    var violations = new Violations();
    JsonReader.read(json, message, violations, _ -> {});
    violations.check();
    return message;
  }

  private static CreateJobRequest job(String json) {
    return read(json.getBytes(StandardCharsets.UTF_8), CreateJobRequest.newBuilder()).build();
  }

  private static List<Violation> refused(byte[] json, Message.Builder message) {
    return catchThrowableOfType(InvalidFields.class, () -> read(json, message)).violations();
  }

  private static List<Violation> refused(String json) {
    return refused(json.getBytes(StandardCharsets.UTF_8), CreateJobRequest.newBuilder());
  }

  @Test
  void readsEveryKindOfField() {
    assertThat(
            job(
                """
                {"url": "http://h/\\u00fc\\ud83d\\ude00", "headers": {"X-A": "1", "X-B": ""}, "maxRetries": 3,
                 "binary_body": "AP8=", "retry_policy": {"minBackoff": "1s", "max_backoff": "2s"}, "body": null}
                """))
        .isEqualTo(
            CreateJobRequest.newBuilder()
                .setUrl("http://h/ü😀")
                .putHeaders("X-A", "1")
                .putHeaders("X-B", "")
                .setMaxRetries(3)
                .setBinaryBody(ByteString.copyFrom(new byte[] {0, -1}))
                .setRetryPolicy(RetryPolicy.newBuilder().setMinBackoff("1s").setMaxBackoff("2s"))
                .build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " \n", "{}", "{\"url\": null, \"headers\": null, \"retry_policy\": null}"})
  void nothingIsAnEmptyRequest(String json) {
    assertThat(job(json)).isEqualTo(CreateJobRequest.getDefaultInstance());
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "3.0", "30e-1", "\"3\""})
  void aWholeNumberMayBeWrittenInManyWays(String number) {
    assertThat(job("{\"max_retries\": " + number + "}").getMaxRetries()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"dealy": "24h"}                       | dealy                    | unknown; did you mean `delay`?
          {"max_retry": 1}                       | max_retry                | unknown; did you mean `max_retries`?
          {"maxRetry": 1}                        | maxRetry                 | unknown; did you mean `max_retries`?
          {"retries": 1}                         | retries                  | unknown; did you mean `max_retries`?
          {"timezone": "UTC"}                    | timezone                 | unknown; did you mean `time_zone`?
          {"Url": "http://h/"}                   | Url                      | unknown; did you mean `url`?
          {"zzzzzzzz": {"url": [1, {}]}}         | zzzzzzzz                 | unknown
          {"retry_policy": {"min_back": "1s"}}   | retry_policy.min_back    | unknown; did you mean `min_backoff`?
          {"url": 5}                             | url                      | must be text in quotes, not a number
          {"url": ["http://h/"]}                 | url                      | must be text in quotes, not a list
          {"url": "http://h/", "url": "http://i/"} | url                    | is given twice
          {"max_retries": 1, "maxRetries": 2}    | max_retries              | is given twice
          {"max_retries": "many"}                | max_retries              | must be a whole number of at most 10 digits
          {"max_retries": 3.5}                   | max_retries              | must be a whole number of at most 10 digits
          {"max_retries": 1e999999999}           | max_retries              | must be a whole number of at most 10 digits
          {"max_retries": 3000000000}            | max_retries              | must be a whole number of at most 10 digits
          {"max_retries": true}                  | max_retries              | must be a whole number, not a truth value
          {"headers": {"A": null}}               | headers[A]               | must be text in quotes, not null
          {"headers": {"A": {"B": "c"}}}         | headers[A]               | must be text in quotes, not an object
          {"headers": {"A": 1}}                  | headers[A]               | must be text in quotes, not a number
          {"headers": {"A": "1", "A": "2"}}      | headers[A]               | is given twice
          {"headers": ["A"]}                     | headers                  | must be an object, not a list
          {"labels": "a=b"}                      | labels                   | must be an object, not text
          {"retry_policy": "none"}               | retry_policy             | must be an object, not text
          {"binary_body": "?"}                   | binary_body              | must be base64, not text
          {"url": "\\ud800"}                     | url                      | must be text: \\ud800 is half a character
          {"labels": {"a": "\\udc00x"}}          | labels[a]                | must be text: \\udc00 is half a character
          []                                     | request                  | must be a JSON object, not a list
          null                                   | request                  | must be a JSON object, not null
          {} {}                                  | request                  | must end after its JSON object
          """)
  void tellsWhatIsWrong(String json, String field, String description) {
    assertThat(refused(json)).containsExactly(new Violation(field, description));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{not json",
        "{\"url\": \"http://h/\"",
        "{'url': 'x'}",
        "{\"max_retries\": 01}",
        "{\"a\": NaN}",
        "// x\n{}"
      })
  void saysWhereItIsNoJson(String json) {
    assertThat(refused(json).getLast())
        .satisfies(violation -> {
          assertThat(violation.field()).isEqualTo("request");
          assertThat(violation.description()).startsWith("is not valid JSON at line ");
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u00ff", "\u00c3\u0028", "\u00c0\u0080", "\u00ed\u00a0\u0080"})
  void bytesThatAreNotUtf8AreToldByTheirField(String bytes) {
    byte[] json =
        ("{\"labels\": {\"a\": \"x" + bytes + "\"}}").getBytes(StandardCharsets.ISO_8859_1);
    assertThat(refused(json, CreateJobRequest.newBuilder()))
        .singleElement()
        .satisfies(violation -> {
          assertThat(violation.field()).isEqualTo("labels[a]");
          assertThat(violation.description()).startsWith("must be text");
        });
  }

  @Test
  void aNullKeepsItsPlaceInAList() {
    byte[] json =
        "{\"requests\": [{\"url\": \"http://h/\"}, null, {\"dealy\": \"1s\"}, 7]}"
            .getBytes(StandardCharsets.UTF_8);
    assertThat(refused(json, BatchCreateJobsRequest.newBuilder()))
        .extracting(Violation::field)
        .containsExactly("requests[1]", "requests[2].dealy", "requests[3]");
  }

  @Test
  void countsWhatIsTooMuchWithoutReadingIt() {
    String many = String.join(",", Collections.nCopies(3_000, "{\"no\": {}}"));
    byte[] json = ("{\"requests\": [" + many + "]}").getBytes(StandardCharsets.UTF_8);
    var message = BatchCreateJobsRequest.newBuilder();
    assertThat(refused(json, message)).isNotEmpty();
    assertThat(message.getRequestsCount()).isEqualTo(JsonReader.MAX_ITEMS);
  }

  @Test
  void isNotDeep() {
    assertThat(refused("{\"x\": " + "[".repeat(100_000))).isNotEmpty();
  }
}
