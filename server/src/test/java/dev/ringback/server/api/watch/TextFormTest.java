package dev.ringback.server.api.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import com.google.protobuf.util.JsonFormat;
import dev.ringback.server.api.call.Errors;
import dev.ringback.server.api.message.Messages;
import dev.ringback.server.api.read.ResumeToken;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event.Kind;
import dev.ringback.server.refusal.Exhausted.Overloaded;
import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Invalid.TooOld;
import dev.ringback.server.refusal.Late.WatcherTooSlow;
import dev.ringback.server.refusal.Violation;
import dev.ringback.v1.WatchMessage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TextFormTest {
  private static final WatchMessage CHECKPOINT = Messages.checkpoint("token", Watched.TIME);
  private static final String CHECKPOINT_JSON =
      """
      {"type":"checkpoint","resume_token":"token","at":"2027-03-30T10:00:00.123456Z"}\
      """;

  // All that ends a line for somebody:
  // https://html.spec.whatwg.org/multipage/server-sent-events.html
  // knows the first two.
  private static final String BREAKS = "a\nb\rc\r\nd\u0085e\u2028f\u2029g\u000bh\u000ci\0j";

  private static String text(HttpBody body) {
    return body.getData().toStringUtf8();
  }

  @ParameterizedTest
  @CsvSource({
    "text/event-stream, EVENTS",
    "'text/html, Text/Event-Stream;q=0.9', EVENTS",
    "'', LINES",
    "*/*, LINES",
    "application/json, LINES",
    "application/x-ndjson, LINES",
  })
  void isAskedForByTheAcceptHeader(String accept, TextForm form) {
    assertThat(TextForm.accepted(accept)).isEqualTo(form);
  }

  @Test
  void anEventHasItsIdItsNameAndItsData() {
    HttpBody body = TextForm.EVENTS.message(CHECKPOINT);
    assertThat(body.getContentType()).isEqualTo("text/event-stream");
    assertThat(text(body))
        .isEqualTo("id: token\nevent: checkpoint\ndata: " + CHECKPOINT_JSON + "\n\n");
  }

  @Test
  void aLineIsTheMessage() {
    HttpBody body = TextForm.LINES.message(CHECKPOINT);
    assertThat(body.getContentType()).isEqualTo("application/x-ndjson");
    assertThat(text(body)).isEqualTo(CHECKPOINT_JSON + "\n");
  }

  /** Whatever line breaks are in a job, they are escaped in its message. */
  @Test
  void aMessageIsOneLine() throws Exception {
    Change change =
        Watched.change(
            Watched.event(5, Kind.RETRIED), "http://h/" + BREAKS, Map.of(BREAKS, BREAKS), BREAKS);
    WatchMessage message = Messages.change("token", change, Change.Type.ATTEMPT_FINISHED);
    String event = text(TextForm.EVENTS.message(message));
    assertThat(event.split("[\n\r]", -1)).hasSize(5);
    assertThat(event).startsWith("id: token\nevent: attempt_finished\ndata: {").endsWith("}\n\n");
    String line = text(TextForm.LINES.message(message));
    assertThat(line.split("[\n\r]", -1)).hasSize(2);
    assertThat(event).isEqualTo("id: token\nevent: attempt_finished\ndata: " + line + "\n");
    WatchMessage.Builder read = WatchMessage.newBuilder();
    JsonFormat.parser().merge(line, read);
    assertThat(read.build()).isEqualTo(message);
  }

  /** As the gateway prints answers: names as in the contract, what is empty too. */
  @Test
  void namesAreThoseOfTheApi() {
    Change change = Watched.change(5, Kind.STARTED);
    assertThat(TextForm.LINES.text(Messages.change("t", change, Change.Type.ATTEMPT_STARTED)))
        .startsWith("{\"type\":\"attempt_started\",\"resume_token\":\"t\",")
        .contains("\"attempt_count\":1", "\"labels\":{}", "\"status\":\"running\"")
        .contains("\"execution_id\":\"exec_", "\"started_at\":\"2027-03-30T10:00:00.123456Z\"");
  }

  @Test
  void anErrorIsAnEventWithoutAnId() {
    var status = Errors.status(new WatcherTooSlow(), "StreamJobs");
    assertThat(text(TextForm.EVENTS.error(status).orElseThrow()))
        .isEqualTo(
            """
            event: stream_error
            data: {"code":10,"message":"the watcher is too slow; resume with the token of the last \
            message","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",\
            "reason":"WATCHER_TOO_SLOW","domain":"ringback.dev","metadata":{}}]}

            """);
  }

  @ParameterizedTest
  @EnumSource
  void anErrorTellsItsDetails(TextForm form) {
    var tooOld = Errors.status(new TooOld(7), "StreamJobs");
    assertThat(text(form.error(tooOld).orElseThrow()))
        .contains("\"reason\":\"RESUME_TOKEN_TOO_OLD\"")
        .contains("\"oldest_resume_token\":\"" + ResumeToken.behind(7).text("") + "\"");
    var invalid =
        Errors.status(new InvalidFields(List.of(new Violation("id\n", "is\rwrong")), false), "S");
    String text = text(form.error(invalid).orElseThrow());
    assertThat(text).contains("\"field\":\"id\\n\"", "\"description\":\"is\\rwrong\"");
    assertThat(text.split("[\n\r]", -1)).hasSize(form == TextForm.EVENTS ? 4 : 2);
  }

  @Test
  void anErrorIsALineThatIsNoMessage() {
    var status = Errors.status(new Overloaded("full\nup"), "StreamJobs");
    assertThat(text(TextForm.LINES.error(status).orElseThrow()))
        .startsWith("{\"error\":{\"code\":14,\"message\":\"full\\nup\",\"details\":[")
        .endsWith("]}}\n");
  }
}
