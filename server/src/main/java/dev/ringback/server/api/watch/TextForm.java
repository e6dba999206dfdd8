package dev.ringback.server.api.watch;

import com.google.api.HttpBody;
import dev.ringback.server.api.message.JsonForm;
import dev.ringback.v1.WatchMessage;
import java.util.Locale;
import java.util.Optional;

/** The messages of a watch as text: server-sent events, or lines of JSON. */
enum TextForm {
  /**
   * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), whose id
   * is the resume token.
   */
  EVENTS("text/event-stream") {
    @Override
    String text(WatchMessage message) {
      return "id: %s\nevent: %s\ndata: %s\n\n"
          .formatted(message.getResumeToken(), message.getType().name(), JsonForm.text(message));
    }

    @Override
    String text(com.google.rpc.Status error) {
      return "event: stream_error\ndata: %s\n\n".formatted(JsonForm.text(error));
    }
  },

  /** One JSON object a line. */
  LINES("application/x-ndjson") {
    @Override
    String text(WatchMessage message) {
      return JsonForm.text(message) + "\n";
    }

    @Override
    String text(com.google.rpc.Status error) {
      return "{\"error\":%s}\n".formatted(JsonForm.text(error));
    }
  };

  private final String contentType;

  TextForm(String contentType) {
    this.contentType = contentType;
  }

  /** The form that an Accept header asks for. */
  static TextForm accepted(String accept) {
    return accept.toLowerCase(Locale.ROOT).contains(EVENTS.contentType) ? EVENTS : LINES;
  }

  abstract String text(WatchMessage message);

  abstract String text(com.google.rpc.Status error);

  HttpBody message(WatchMessage message) {
    return JsonForm.body(contentType, text(message));
  }

  /** What tells of an error in the stream. */
  Optional<HttpBody> error(com.google.rpc.Status status) {
    return Optional.of(JsonForm.body(contentType, text(status)));
  }
}
