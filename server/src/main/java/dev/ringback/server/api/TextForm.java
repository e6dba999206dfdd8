package dev.ringback.server.api;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
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
          .formatted(message.getResumeToken(), message.getType().name(), json(message));
    }

    @Override
    String text(com.google.rpc.Status error) {
      return "event: stream_error\ndata: %s\n\n".formatted(json(error));
    }
  },

  /** One JSON object a line. */
  LINES("application/x-ndjson") {
    @Override
    String text(WatchMessage message) {
      return json(message) + "\n";
    }

    @Override
    String text(com.google.rpc.Status error) {
      return "{\"error\":%s}\n".formatted(json(error));
    }
  };

  // As the REST gateway prints its answers.
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer()
          .preservingProtoFieldNames()
          .alwaysPrintFieldsWithNoPresence()
          .omittingInsignificantWhitespace()
          .usingTypeRegistry(
              JsonFormat.TypeRegistry.newBuilder()
                  .add(ErrorInfo.getDescriptor())
                  .add(BadRequest.getDescriptor())
                  .build());

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
    return body(text(message));
  }

  /** What tells of an error in the stream. */
  Optional<HttpBody> error(com.google.rpc.Status status) {
    return Optional.of(body(text(status)));
  }

  private HttpBody body(String text) {
    return HttpBody.newBuilder()
        .setContentType(contentType)
        .setData(ByteString.copyFromUtf8(text))
        .build();
  }

  private static String json(MessageOrBuilder message) {
    try {
      return PRINTER.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
