package dev.ringback.server.api.read;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Labels. */
public final class LabelFields {
  /** How many a job may have. */
  public static final int MOST = 32;

  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_./-]{1,63}");
  private static final int MAX_VALUE = 255;

  private LabelFields() {}

  public static Map<String, String> read(
      String field, Map<String, String> labels, Violations violations) {
    if (labels.size() > MOST) {
      violations.add(field, "must be at most " + MOST);
    }
    labels.forEach((key, value) ->
        problem(key, value).ifPresent(problem -> violations.add(field + "[" + key + "]", problem)));
    return labels;
  }

  /** What is wrong with a label. */
  public static Optional<String> problem(String key, String value) {
    if (!KEY.matcher(key).matches()) {
      return Optional.of("must have a key of 1 to 63 letters, digits, _, -, . or /");
    }
    if (value.length() > MAX_VALUE || value.indexOf('\0') >= 0) {
      return Optional.of("must have a value of at most " + MAX_VALUE + " characters, without NUL");
    }
    return Optional.empty();
  }
}
