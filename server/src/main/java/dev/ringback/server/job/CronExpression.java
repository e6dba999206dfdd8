package dev.ringback.server.job;

import dev.ringback.server.job.CronField.Kind;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * When a recurring job fires: five cron fields or a nickname, read in UTC.
 *
 * <p>The fields and the days are those of Vixie's cron: where both the day of the month and that of
 * the week are given, either will do; where one of the two begins with a star, such as {@code
 * *}{@code /2}, both must hold. {@link CronField} reads them.
 *
 * <p>A time is found by looking at whole months, all days of one at once, and at no more of them
 * than there can be between two firings: an expression that fires rarely, or never, costs
 * microseconds like any other. Immutable; any thread may use it.
 */
public final class CronExpression {
  private static final Pattern VISIBLE = Pattern.compile("[\\t -~]*");

  private static final Map<String, String> NICKNAMES =
      Map.of(
          "@yearly", "0 0 1 1 *",
          "@annually", "0 0 1 1 *",
          "@monthly", "0 0 1 * *",
          "@weekly", "0 0 * * 0",
          "@daily", "0 0 * * *",
          "@midnight", "0 0 * * *",
          "@hourly", "0 * * * *");

  /**
   * The longest that an expression which fires at all leaves out: 29 February falls on a given day
   * of the week once in 28 years, and once in 40 around a year like 2100.
   */
  private static final int MAX_YEARS = 40;

  private static final int MONTHS = 12;

  /** The bits of all days that a week has, once for each that may begin in a month. */
  private static final long EACH_WEEK = 1L | 1L << 7 | 1L << 14 | 1L << 21 | 1L << 28;

  private final String text;
  private final List<CronField> fields;

  /** Whether the days of the month and of the week must both hold; else either will do. */
  private final boolean bothDays;

  private CronExpression(String text, List<CronField> fields) {
    this.text = text;
    this.fields = fields;
    this.bothDays =
        fields.get(Kind.DAY_OF_MONTH.ordinal()).starred()
            || fields.get(Kind.DAY_OF_WEEK.ordinal()).starred();
  }

  /**
   * Reads an expression.
   *
   * @throws IllegalArgumentException with a sentence for the user when it is none, or never fires
   */
  public static CronExpression parse(String text) {
    if (!VISIBLE.matcher(text).matches()) {
      throw new IllegalArgumentException("it may only hold visible ASCII characters and spaces");
    }
    String given = text.strip();
    if (given.startsWith("@") && !NICKNAMES.containsKey(given.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException("there is no " + given);
    }
    String[] fields = NICKNAMES.getOrDefault(given.toLowerCase(Locale.ROOT), given).split("\\s+");
    if (fields.length != Kind.values().length) {
      throw new IllegalArgumentException("it has " + fields.length + " fields");
    }
    List<CronField> read =
        Stream.of(Kind.values())
            .map(kind -> CronField.parse(kind, fields[kind.ordinal()]))
            .toList();
    CronExpression expression = new CronExpression(text, read);
    if (expression.next(Instant.EPOCH).isEmpty()) {
      throw new IllegalArgumentException("never fires");
    }
    return expression;
  }

  /** The first firing after a moment; empty when there is none any more. */
  public Optional<Instant> next(Instant after) {
    return search(after).found();
  }

  /**
   * What a search for a firing has found.
   *
   * @param months how many months it has looked at, which is what it costs
   */
  record Search(Optional<Instant> found, int months) {}

  Search search(Instant after) {
    LocalDateTime from =
        LocalDateTime.ofInstant(after, ZoneOffset.UTC)
            .truncatedTo(ChronoUnit.MINUTES)
            .plusMinutes(1);
    YearMonth month = YearMonth.from(from);
    YearMonth last = month.plusYears(MAX_YEARS);
    int looked = 1;
    int today = from.getDayOfMonth();
    long days = days(month) & -1L << today;
    if (has(days, today)) {
      OptionalInt minute = minuteOfDay(from.getHour(), from.getMinute());
      if (minute.isPresent()) {
        return new Search(Optional.of(at(month, today, minute.getAsInt())), looked);
      }
      days &= -1L << (today + 1);
    }
    while (days == 0) {
      month = monthAfter(month);
      if (month.isAfter(last)) {
        return new Search(Optional.empty(), looked);
      }
      days = days(month);
      looked++;
    }
    int day = Long.numberOfTrailingZeros(days);
    return new Search(Optional.of(at(month, day, minuteOfDay(0, 0).orElseThrow())), looked);
  }

  private static Instant at(YearMonth month, int day, int minuteOfDay) {
    return month.atDay(day).atStartOfDay().plusMinutes(minuteOfDay).toInstant(ZoneOffset.UTC);
  }

  private long values(Kind kind) {
    return fields.get(kind.ordinal()).values();
  }

  private static boolean has(long bits, int value) {
    return (bits >>> value & 1) == 1;
  }

  /** The first time of a day on which it fires that is not before another; in minutes. */
  private OptionalInt minuteOfDay(int hour, int minute) {
    long hours = values(Kind.HOUR);
    long minutes = values(Kind.MINUTE);
    long left = minutes & -1L << minute;
    if (has(hours, hour) && left != 0) {
      return OptionalInt.of(60 * hour + Long.numberOfTrailingZeros(left));
    }
    long later = hours & -1L << (hour + 1);
    return later == 0
        ? OptionalInt.empty()
        : OptionalInt.of(
            60 * Long.numberOfTrailingZeros(later) + Long.numberOfTrailingZeros(minutes));
  }

  /** The next of the months in which it may fire. */
  private YearMonth monthAfter(YearMonth month) {
    long months = values(Kind.MONTH);
    long thisYearAndNext = months | months << MONTHS;
    long later = thisYearAndNext & -1L << (month.getMonthValue() + 1);
    return month.plusMonths(Long.numberOfTrailingZeros(later) - month.getMonthValue());
  }

  /** The days of a month on which it fires: a bit for each. */
  private long days(YearMonth month) {
    if (!has(values(Kind.MONTH), month.getMonthValue())) {
      return 0;
    }
    long all = (1L << (month.lengthOfMonth() + 1)) - (1L << 1);
    long ofMonth = values(Kind.DAY_OF_MONTH);
    long week = values(Kind.DAY_OF_WEEK);
    int first = month.atDay(1).getDayOfWeek().getValue() % 7;
    long fromFirst = (week >>> first | week << (7 - first)) & 0x7f;
    long ofWeek = fromFirst * EACH_WEEK << 1;
    return all & (bothDays ? ofMonth & ofWeek : ofMonth | ofWeek);
  }

  /** The expression as it was given. */
  public String text() {
    return text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CronExpression that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
