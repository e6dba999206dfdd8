package dev.ringback.server.job;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One field of a cron expression, as Vixie's cron reads it: a step counts from the first value of
 * its range, and one that leads out of the range leaves that value alone. Days of the week are
 * counted so from 0 to 7, and only then are both of them Sunday.
 *
 * @param starred whether it begins with a star
 * @param values those at which it fires: a bit for each, and one alone for Sunday
 */
record CronField(Kind kind, boolean starred, long values) {
  /** What follows a slash is no value of the field, so that it has no name. */
  private static final Pattern PART =
      Pattern.compile("(?:\\*|(?<from>\\w+)(?:-(?<to>\\w+))?)(?:/(?<step>\\d+))?");

  /** More digits than any value has, and fewer than an int holds. */
  private static final int MAX_DIGITS = 9;

  /** The five fields, in their order. */
  enum Kind {
    MINUTE(0, 59),
    HOUR(0, 23),
    DAY_OF_MONTH(1, 31),
    MONTH(
        1, 12, "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
    /** Sunday is the first day and the last. */
    DAY_OF_WEEK(0, 7, "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

    private final int least;
    private final int most;
    private final List<String> names;

    Kind(int least, int most, String... names) {
      this.least = least;
      this.most = most;
      this.names = List.of(names);
    }

    private IllegalArgumentException wrong(String problem) {
      return new IllegalArgumentException(
          name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + problem);
    }

    private int value(String text) {
      int named = names.indexOf(text.toUpperCase(Locale.ROOT));
      if (named >= 0) {
        return least + named;
      }
      if (!text.chars().allMatch(Character::isDigit)) {
        throw wrong(
            text + " is no number" + (names.isEmpty() ? "" : ", nor a name of three letters"));
      }
      int value = text.length() > MAX_DIGITS ? Integer.MAX_VALUE : Integer.parseInt(text);
      if (value < least || value > most) {
        throw wrong("%s is not from %d to %d".formatted(text, least, most));
      }
      return value;
    }
  }

  /**
   * Reads a field: parts with commas in between, each a star, a value or a range, and a step.
   *
   * @throws IllegalArgumentException with words for the user when it is none
   */
  static CronField parse(Kind kind, String text) {
    long values = 0;
    for (String part : text.split(",", -1)) {
      values |= part(kind, part);
    }
    boolean sunday = kind == Kind.DAY_OF_WEEK && (values >>> 7 & 1) == 1;
    return new CronField(kind, text.startsWith("*"), sunday ? (values | 1) & ~(1L << 7) : values);
  }

  private static long part(Kind kind, String text) {
    Matcher part = PART.matcher(text);
    if (!part.matches()) {
      throw kind.wrong(
          "'" + text + "' is neither *, a value nor a range such as 1-5, with or without a step");
    }
    int step = step(kind, part.group("step"));
    String first = part.group("from");
    String last = part.group("to");
    int from = first == null ? kind.least : kind.value(first);
    int to =
        last != null
            ? kind.value(last)
            : first != null && part.group("step") == null ? from : kind.most;
    if (kind == Kind.DAY_OF_WEEK && from > 0 && "SUN".equalsIgnoreCase(last)) {
      to = kind.most;
    }
    if (from > to) {
      throw kind.wrong(text + " ends before it begins");
    }
    long values = 0;
    // A step that leads out of the range leaves its first value.
    for (long value = from; value <= to; value += step) {
      values |= 1L << value;
    }
    return values;
  }

  private static int step(Kind kind, @Nullable String text) {
    if (text == null) {
      return 1;
    }
    int step = text.length() > MAX_DIGITS ? Integer.MAX_VALUE : Integer.parseInt(text);
    if (step == 0) {
      throw kind.wrong("a step must be at least 1");
    }
    return step;
  }
}
