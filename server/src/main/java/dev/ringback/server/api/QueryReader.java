package dev.ringback.server.api;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.ringback.server.api.read.Violations;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a message from the variables of a path and from a query, and notes all that is wrong with
 * them. What the path says can't be said again.
 */
final class QueryReader {
  private static final String LAST_EVENT_ID = "last_event_id";

  private final Message.Builder message;
  private final Violations violations;
  private final Set<FieldDescriptor> inPath = new HashSet<>();
  private final Set<FieldDescriptor> seen = new HashSet<>();
  private final Map<String, Integer> counts = new HashMap<>();

  QueryReader(Message.Builder message, Violations violations) {
    this.message = message;
    this.violations = violations;
  }

  /** Takes the variables of a path, percent-encoded. */
  void path(Map<String, String> variables) {
    variables.forEach((name, value) -> {
      FieldDescriptor field = FieldNames.find(message.getDescriptorForType(), name);
      if (field == null) {
        throw new IllegalStateException("a path names " + name + ", which its call does not have");
      }
      inPath.add(field);
      if (!message.getField(field).equals(field.getDefaultValue())) {
        violations.addUnread(field.getName(), "is given by the path, and can't be given again");
      }
      decoded(value, false)
          .ifPresentOrElse(
              text -> message.setField(field, text),
              () -> violations.addUnread(name, "must be percent-encoded UTF-8"));
    });
  }

  /**
   * Takes a query: {@code name=value} pairs with {@code &} between them, percent-encoded.
   *
   * @param body where else fields may come from: as a {@link Bindings.Binding} has it
   */
  void query(String query, String body) {
    for (String pair : query.split("&")) {
      if (pair.isEmpty()) {
        continue;
      }
      int split = pair.indexOf('=');
      String name = split < 0 ? pair : pair.substring(0, split);
      Optional<String> known = decoded(name, true);
      if (known.isEmpty()) {
        violations.addUnread("request", "has a query whose names are not percent-encoded UTF-8");
      } else {
        parameter(known.get(), body, split < 0 ? "" : pair.substring(split + 1));
      }
    }
  }

  private void parameter(String name, String body, String encoded) {
    FieldDescriptor field = FieldNames.find(message.getDescriptorForType(), name);
    if (field == null && name.equals(LAST_EVENT_ID)) {
      // For an EventSource that can't set headers.
      field = message.getDescriptorForType().findFieldByName("resume_token");
    }
    if (body.equals("*")) {
      violations.addUnread(name, "unknown in the query: this call takes its fields from the body");
      return;
    }
    if (field == null) {
      violations.addUnread(name, FieldNames.unknown(message.getDescriptorForType(), name));
      return;
    }
    if (inPath.contains(field)) {
      violations.addUnread(field.getName(), "is given by the path, and can't be given again");
      return;
    }
    boolean first = seen.add(field);
    if (!field.isRepeated() && !first) {
      violations.addUnread(field.getName(), "is given twice");
      return;
    }
    Optional<String> text = decoded(encoded, true);
    if (text.isEmpty()) {
      violations.addUnread(field.getName(), "must be percent-encoded UTF-8");
      return;
    }
    if (!field.isRepeated() && text.get().isEmpty()) {
      return;
    }
    Object value = value(field, text.get());
    if (value == null) {
      return;
    }
    if (!field.isRepeated()) {
      message.setField(field, value);
    } else if (counts.merge(field.getName(), 1, Integer::sum) <= JsonReader.MAX_ITEMS) {
      message.addRepeatedField(field, value);
    } else {
      violations.addUnread(
          field.getName(), "must be given at most %d times".formatted(JsonReader.MAX_ITEMS));
    }
  }

  private @Nullable Object value(FieldDescriptor field, String text) {
    return switch (field.getType()) {
      case STRING -> text;
      case BOOL ->
          switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> wrong(field, "must be true or false");
          };
      case INT32 -> {
        Integer number = JsonReader.wholeNumber(text);
        yield number != null ? number : wrong(field, "must be a whole number");
      }
      case ENUM -> {
        EnumValueDescriptor word = field.getEnumType().findValueByName(text);
        yield word != null
            ? word
            : wrong(field, "must be one of " + JsonReader.words(field.getEnumType()));
      }
      default -> wrong(field, "can't be given in a query");
    };
  }

  private @Nullable Object wrong(FieldDescriptor field, String description) {
    violations.addUnread(field.getName(), description);
    return null;
  }

  /** The text that percent-encoded UTF-8 stands for, if it is that. */
  private static Optional<String> decoded(String text, boolean plusIsSpace) {
    if (text.indexOf('%') < 0 && text.indexOf('+') < 0 && isAscii(text)) {
      return Optional.of(text);
    }
    var bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
        int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          return Optional.empty();
        }
        bytes.write(high << 4 | low);
        i += 2;
      } else if (c > '~') {
        return Optional.empty();
      } else {
        bytes.write(c == '+' && plusIsSpace ? ' ' : c);
      }
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes.toByteArray()))
              .toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c <= '~');
  }
}
