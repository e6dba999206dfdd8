package dev.ringback.server.api;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;

/** Messages as JSON, with the names that the proto files have. */
final class JsonForm {
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

  private JsonForm() {}

  static String text(MessageOrBuilder message) {
    try {
      return PRINTER.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An answer; one that is a body already stays as it is. */
  static HttpBody body(Message answer) {
    return answer instanceof HttpBody body ? body : body("application/json", text(answer));
  }

  static HttpBody body(String contentType, String text) {
    return HttpBody.newBuilder()
        .setContentType(contentType)
        .setData(ByteString.copyFromUtf8(text))
        .build();
  }
}
