package dev.ringback.server.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import dev.ringback.server.api.read.Violations;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.HashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads a message from JSON (https://protobuf.dev/programming-guides/json), and notes all that is
 * wrong with it, by its field. Stricter than others where these guess what was meant: unknown
 * fields, a name given twice, a null in a list or a map, and numbers in the place of text are
 * refused.
 *
 * <p>Lists and maps longer than {@link #MAX_ITEMS} are counted, not read. For one message, one
 * thread.
 */
final class JsonReader {
  /** Of one list or map. No request of ours has longer ones. */
  static final int MAX_ITEMS = 1_000;

  private static final int VALUES = 100;
  private static final String NOT_UTF8 = "must be text in valid UTF-8";

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(64)
                  .maxNameLength(64 << 10)
                  .maxNumberLength(100)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final JsonParser json;
  private final Violations violations;
  private final LongConsumer holds;
  private long values;

  /** Where the bytes stop being UTF-8, in some ways that the parser does not mind. */
  private final long invalidFrom;

  /** The field that is being read. */
  private String at = "";

  private JsonReader(JsonParser json, long invalidFrom, Violations violations, LongConsumer holds) {
    this.json = json;
    this.invalidFrom = invalidFrom;
    this.violations = violations;
    this.holds = holds;
  }

  /**
   * Reads an object into a message; no bytes at all are an empty one.
   *
   * @param json in UTF-8
   * @param holds is told of each {@link #VALUES} values that the message will hold, before it does
   */
  static void read(
      byte[] json, Message.Builder message, Violations violations, LongConsumer holds) {
    if (json.length == 0) {
      return;
    }
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      var reader = new JsonReader(parser, Utf8.invalidFrom(json), violations, holds);
      try {
        reader.document(message);
      } catch (JacksonException e) {
        reader.refuse(e);
      }
    }
  }

  private void document(Message.Builder message) {
    JsonToken first = json.nextToken();
    if (first == null) {
      return;
    }
    if (first != JsonToken.START_OBJECT) {
      violations.addUnread("request", "must be a JSON object, not " + kind());
      return;
    }
    object("", message);
    at = "";
    if (json.nextToken() != null) {
      violations.addUnread("request", "must end after its JSON object");
    } else if (invalidFrom < Long.MAX_VALUE && violations.isEmpty()) {
      violations.addUnread("request", NOT_UTF8);
    }
  }

  /** What the parser says quotes the request, which its sender knows. */
  private void refuse(JacksonException e) {
    String said = Objects.requireNonNullElse(e.getOriginalMessage(), "");
    if (!at.isEmpty() && said.contains("UTF-8")) {
      violations.addUnread(at, NOT_UTF8);
      return;
    }
    TokenStreamLocation where = e.getLocation();
    violations.addUnread(
        "request",
        "is not valid JSON"
            + (where == null
                ? ""
                : " at line %d, column %d".formatted(where.getLineNr(), where.getColumnNr()))
            + (said.isEmpty() ? "" : ": " + said));
  }

  private void object(String path, Message.Builder message) {
    Set<FieldDescriptor> seen = new HashSet<>();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      FieldDescriptor field = FieldNames.find(message.getDescriptorForType(), name);
      at = path + (field == null ? name : field.getName());
      json.nextToken();
      if (field == null) {
        violations.addUnread(at, FieldNames.unknown(message.getDescriptorForType(), name));
        json.skipChildren();
      } else if (!seen.add(field)) {
        violations.addUnread(at, "is given twice");
        json.skipChildren();
      } else if (json.currentToken() != JsonToken.VALUE_NULL) {
        field(at, field, message);
      }
    }
  }

  private void field(String path, FieldDescriptor field, Message.Builder message) {
    if (field.isMapField()) {
      map(path, field, message);
    } else if (field.isRepeated()) {
      list(path, field, message);
    } else {
      Object value = value(path, field, message);
      if (value != null) {
        message.setField(field, value);
      }
    }
  }

  private void list(String path, FieldDescriptor field, Message.Builder message) {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      wrong(path, "a list");
      return;
    }
    int count = 0;
    for (; json.nextToken() != JsonToken.END_ARRAY; count++) {
      if (count >= MAX_ITEMS) {
        json.skipChildren();
        continue;
      }
      at = path + "[" + count + "]";
      Object value = value(at, field, message);
      if (value != null) {
        message.addRepeatedField(field, value);
      } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        // It keeps its place, so that the others' places are told rightly.
        message.addRepeatedField(field, message.newBuilderForField(field).build());
      }
    }
    refuseTooMany(path, count);
  }

  private void map(String path, FieldDescriptor field, Message.Builder message) {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      wrong(path, "an object");
      return;
    }
    var entry = (MapEntry.Builder<?, ?>) message.newBuilderForField(field);
    FieldDescriptor key = field.getMessageType().findFieldByNumber(1);
    FieldDescriptor values = field.getMessageType().findFieldByNumber(2);
    Set<String> seen = new HashSet<>();
    int count = 0;
    for (; json.nextToken() == JsonToken.PROPERTY_NAME; count++) {
      String name = json.currentName();
      json.nextToken();
      if (count >= MAX_ITEMS) {
        json.skipChildren();
        continue;
      }
      at = path + "[" + name + "]";
      if (!seen.add(name)) {
        violations.addUnread(at, "is given twice");
        json.skipChildren();
        continue;
      }
      Object value = value(at, values, entry);
      if (value != null && isText(at, name)) {
        message.addRepeatedField(
            field, entry.clone().setField(key, name).setField(values, value).build());
      }
    }
    refuseTooMany(path, count);
  }

  private void refuseTooMany(String path, int count) {
    if (count > MAX_ITEMS) {
      violations.addUnread(path, tooMany(count));
    }
  }

  static String tooMany(int count) {
    return "must have at most %d entries, not %d".formatted(MAX_ITEMS, count);
  }

  /** A value, or null where it is wrong, which has been noted then. */
  private @Nullable Object value(String path, FieldDescriptor field, Message.Builder parent) {
    if (++values % VALUES == 0) {
      holds.accept(VALUES);
    }
    return switch (field.getType()) {
      case STRING -> text(path);
      case BYTES -> bytes(path);
      case BOOL -> bool(path);
      case ENUM -> word(path, field.getEnumType());
      case INT32, SINT32, SFIXED32 -> number(path);
      case MESSAGE -> {
        if (json.currentToken() != JsonToken.START_OBJECT) {
          yield wrong(path, "an object");
        }
        Message.Builder message = parent.newBuilderForField(field);
        object(path + ".", message);
        yield message.build();
      }
      // Not in our requests: JSON numbers can't hold all of theirs.
      case INT64, UINT64, SINT64, FIXED64, SFIXED64, UINT32, FIXED32, FLOAT, DOUBLE, GROUP ->
          throw new IllegalStateException("can't read a " + field.getType());
    };
  }

  private @Nullable String text(String path) {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      return wrong(path, "text in quotes");
    }
    String text = json.getString();
    if (json.currentLocation().getByteOffset() > invalidFrom) {
      violations.addUnread(path, NOT_UTF8);
      return null;
    }
    return isText(path, text) ? text : null;
  }

  /** JSON can escape halves of a character, which UTF-8 has no bytes for. */
  private boolean isText(String path, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        violations.addUnread(path, "must be text: \\u%04x is half a character".formatted((int) c));
        return false;
      }
    }
    return true;
  }

  private @Nullable ByteString bytes(String path) {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      return wrong(path, "base64 in quotes");
    }
    String text = json.getString();
    try {
      boolean forUrls = text.indexOf('-') >= 0 || text.indexOf('_') >= 0;
      return ByteString.copyFrom(
          (forUrls ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(text));
    } catch (IllegalArgumentException e) {
      return wrong(path, "base64");
    }
  }

  private @Nullable Boolean bool(String path) {
    return switch (json.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> wrong(path, "true or false");
    };
  }

  private @Nullable EnumValueDescriptor word(String path, EnumDescriptor words) {
    EnumValueDescriptor word =
        json.currentToken() == JsonToken.VALUE_STRING
            ? words.findValueByName(json.getString())
            : null;
    return word != null ? word : wrong(path, words(words));
  }

  /** The words of an enum, without the one that stands for none. */
  static String words(EnumDescriptor words) {
    return String.join(
        ", ",
        words.getValues().stream()
            .filter(value -> value.getNumber() != 0)
            .map(value -> value.getName().toLowerCase(Locale.ROOT))
            .toList());
  }

  private @Nullable Integer number(String path) {
    JsonToken token = json.currentToken();
    if (token != JsonToken.VALUE_NUMBER_INT
        && token != JsonToken.VALUE_NUMBER_FLOAT
        && token != JsonToken.VALUE_STRING) {
      return wrong(path, "a whole number");
    }
    Integer number = wholeNumber(json.getString());
    if (number == null) {
      violations.addUnread(path, "must be a whole number of at most 10 digits");
    }
    return number;
  }

  /** A whole number of 32 bits, such as 3, 3.0 or 3e2. */
  static @Nullable Integer wholeNumber(String text) {
    if (text.length() > 20) {
      return null;
    }
    try {
      return new BigDecimal(text).intValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      return null;
    }
  }

  private <T> @Nullable T wrong(String path, String right) {
    String kind = kind();
    json.skipChildren();
    violations.addUnread(path, "must be " + right + (right.contains(kind) ? "" : ", not " + kind));
    return null;
  }

  private String kind() {
    return switch (json.currentToken()) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "a list";
      case VALUE_STRING -> "text";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      case VALUE_TRUE, VALUE_FALSE -> "a truth value";
      default -> "null";
    };
  }
}
