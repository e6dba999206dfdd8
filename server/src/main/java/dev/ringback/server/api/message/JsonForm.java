package dev.ringback.server.api.message;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.Timestamps;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.CharacterEscapes;
import tools.jackson.core.io.SerializedString;
import tools.jackson.core.json.JsonFactory;

/**
 * Messages as JSON (https://protobuf.dev/programming-guides/json), with the names that the proto
 * files have. What a message holds nothing of is left out where that can be told from an empty
 * value.
 *
 * <p>protobuf's own printer would escape what HTML gives a meaning: a URL could not be read, and
 * texts have six times their bytes.
 */
public final class JsonForm {
  private static final JsonFactory JSON =
      JsonFactory.builder().characterEscapes(new Lines()).build();

  /** Of errors, which hold messages of any type. */
  private static final JsonFormat.Printer ERRORS =
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

  /** Escapes all that ends a line for somebody, so that a message is one. */
  private static final class Lines extends CharacterEscapes {
    private static final long serialVersionUID = 1;

    @Override
    public int[] getEscapeCodesForAscii() {
      return standardAsciiEscapesForJSON();
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int character) {
      return switch (character) {
        case 0x85, 0x2028, 0x2029 -> new SerializedString("\\u%04x".formatted(character));
        default -> null;
      };
    }
  }

  public static String text(Status error) {
    try {
      return ERRORS.print(error);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  public static String text(Message message) {
    return bytes(message).toStringUtf8();
  }

  /** An answer; one that is a body already stays as it is. */
  public static HttpBody body(Message answer) {
    return answer instanceof HttpBody body ? body : body("application/json", bytes(answer));
  }

  public static HttpBody body(String contentType, String text) {
    return body(contentType, ByteString.copyFromUtf8(text));
  }

  private static HttpBody body(String contentType, ByteString bytes) {
    return HttpBody.newBuilder().setContentType(contentType).setData(bytes).build();
  }

  private static ByteString bytes(Message message) {
    ByteString.Output bytes = ByteString.newOutput();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      write(message, json);
    }
    return bytes.toByteString();
  }

  private static void write(Message message, JsonGenerator json) {
    if (message instanceof Timestamp time) {
      json.writeString(Timestamps.toString(time));
      return;
    }
    json.writeStartObject();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (!field.hasPresence() || message.hasField(field)) {
        json.writeName(field.getName());
        write(field, message.getField(field), json);
      }
    }
    json.writeEndObject();
  }

  private static void write(FieldDescriptor field, Object value, JsonGenerator json) {
    if (field.isMapField()) {
      json.writeStartObject();
      for (Object entry : (List<?>) value) {
        var pair = (MapEntry<?, ?>) entry;
        json.writeName((String) pair.getKey());
        one(field.getMessageType().findFieldByNumber(2), pair.getValue(), json);
      }
      json.writeEndObject();
    } else if (field.isRepeated()) {
      json.writeStartArray();
      for (Object each : (List<?>) value) {
        one(field, each, json);
      }
      json.writeEndArray();
    } else {
      one(field, value, json);
    }
  }

  private static void one(FieldDescriptor field, Object value, JsonGenerator json) {
    JavaType type = field.getJavaType();
    switch (type) {
      case STRING -> json.writeString((String) value);
      case INT -> json.writeNumber((Integer) value);
      case BOOLEAN -> json.writeBoolean((Boolean) value);
      case BYTE_STRING -> json.writeBinary(((ByteString) value).toByteArray());
      case ENUM -> json.writeString(((EnumValueDescriptor) value).getName());
      case MESSAGE -> write((Message) value, json);
      // Not in our answers: numbers of JSON can't hold all of theirs.
      case LONG, FLOAT, DOUBLE -> throw new IllegalStateException("can't write a " + type);
    }
  }
}
