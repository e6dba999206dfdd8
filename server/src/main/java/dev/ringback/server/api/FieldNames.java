package dev.ringback.server.api;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.Locale;
import java.util.Optional;
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
    return likely(message, name)
        .map(likely -> "unknown; did you mean `" + likely + "`?")
        .orElse("unknown");
  }

  private static Optional<String> likely(Descriptor message, String name) {
    String given = stem(name.toLowerCase(Locale.ROOT).replace("-", "_"));
    String likely = null;
    // A third of the letters may be wrong.
    int least = Math.min(given.length(), 30) / 3 + 1;
    for (FieldDescriptor field : message.getFields()) {
      String candidate = stem(field.getName());
      int distance =
          given.length() >= 4
                  && (candidate.startsWith(given)
                      || candidate.endsWith(given)
                      || given.endsWith(candidate))
              ? 1
              : distance(given, candidate);
      if (distance < least) {
        least = distance;
        likely = field.getName();
      }
    }
    return Optional.ofNullable(likely);
  }

  /** Without what separates its words, in the singular. */
  private static String stem(String name) {
    String joined = name.replace("_", "");
    return joined.endsWith("ies")
        ? joined.substring(0, joined.length() - 3) + "y"
        : joined.endsWith("s") ? joined.substring(0, joined.length() - 1) : joined;
  }

  /**
   * How many letters must be put in, left out, changed, or exchanged with their neighbour: the
   * optimal string alignment distance (Damerau 1964).
   */
  private static int distance(String one, String other) {
    if (Math.abs(one.length() - other.length()) > 10) {
      return Integer.MAX_VALUE;
    }
    int[][] d = new int[one.length() + 1][other.length() + 1];
    for (int i = 0; i <= one.length(); i++) {
      for (int j = 0; j <= other.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && one.charAt(i - 1) == other.charAt(j - 2)
            && one.charAt(i - 2) == other.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[one.length()][other.length()];
  }
}
