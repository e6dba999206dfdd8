package dev.ringback.server.api;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.ringback.server.refusal.DidYouMean;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The names that a message's fields have outside, in snake_case and in camelCase. */
final class FieldNames {
  private FieldNames() {}

  static @Nullable FieldDescriptor find(Descriptor message, String name) {
    FieldDescriptor field = message.findFieldByName(name);
    if (field != null) {
      return field;
    }
    for (FieldDescriptor each : message.getFields()) {
      if (each.getJsonName().equals(name)) {
        return each;
      }
    }
    return null;
  }

  /** Says that there is no such field, and which one may have been meant. */
  static String unknown(Descriptor message, String name) {
    List<String> names = message.getFields().stream().map(FieldDescriptor::getName).toList();
    return DidYouMean.likely(name, names)
        .map(likely -> "unknown; did you mean `" + likely + "`?")
        .orElse("unknown");
  }
}
