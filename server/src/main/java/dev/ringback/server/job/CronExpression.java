package dev.ringback.server.job;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * When a recurring job fires: five cron fields or a nickname, read in UTC.
 *
 * <p>Parsed by cron-utils. Its UNIX definition ({@link CronType#UNIX}) knows no nicknames and lets
 * values out of range pass, hence a definition of our own.
 *
 * <p>The days are those of Vixie's cron: where both the day of the month and that of the week are
 * given, either will do; where one of the two begins with a star, such as {@code *}{@code /2}, both
 * must hold.
 */
public final class CronExpression {
  /** What else there is, cron-utils would pass over or hand on, NUL to the database. */
  private static final Pattern VISIBLE = Pattern.compile("[\\t -~]*");

  private static final List<String> DAYS = List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");
  private static final Pattern DAY = Pattern.compile("\\b(?:" + String.join("|", DAYS) + ")\\b");

  private static final CronDefinition EITHER_DAY = definition().instance();
  private static final CronDefinition BOTH_DAYS =
      definition().matchDayOfWeekAndDayOfMonth().instance();

  private final String text;
  private final ExecutionTime times;

  private CronExpression(String text, ExecutionTime times) {
    this.text = text;
    this.times = times;
  }

  private static CronDefinitionBuilder definition() {
    return CronDefinitionBuilder.defineCron()
        .withMinutes()
        .withValidRange(0, 59)
        .withStrictRange()
        .and()
        .withHours()
        .withValidRange(0, 23)
        .withStrictRange()
        .and()
        .withDayOfMonth()
        .withValidRange(1, 31)
        .withStrictRange()
        .and()
        .withMonth()
        .withValidRange(1, 12)
        .withStrictRange()
        .and()
        .withDayOfWeek()
        .withValidRange(0, 7)
        .withMondayDoWValue(1)
        .withIntMapping(7, 0)
        .withStrictRange()
        .and()
        .withSupportedNicknameYearly()
        .withSupportedNicknameAnnually()
        .withSupportedNicknameMonthly()
        .withSupportedNicknameWeekly()
        .withSupportedNicknameDaily()
        .withSupportedNicknameMidnight()
        .withSupportedNicknameHourly();
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
    String[] fields = text.strip().split("\\s+");
    boolean days = fields.length == 5;
    if (days) {
      fields[4] = withNumbers(fields[4]);
    }
    CronDefinition definition =
        days && (fields[2].startsWith("*") || fields[4].startsWith("*")) ? BOTH_DAYS : EITHER_DAY;
    // A parser is cheap beside the parsing, and cron-utils does not say that one may be shared.
    var times = ExecutionTime.forCron(new CronParser(definition).parse(String.join(" ", fields)));
    var expression = new CronExpression(text, times);
    if (expression.next(Instant.EPOCH).isEmpty()) {
      throw new IllegalArgumentException("never fires");
    }
    return expression;
  }

  /** To cron-utils Sunday is the last day and begins no range; to cron it is the first, too. */
  private static String withNumbers(String daysOfWeek) {
    return DAY.matcher(daysOfWeek.toUpperCase(Locale.ROOT).replaceAll("-SUN\\b", "-7"))
        .replaceAll(day -> "" + DAYS.indexOf(day.group()));
  }

  /** The first firing after a moment; empty when there is none any more. */
  public Optional<Instant> next(Instant after) {
    return times.nextExecution(after.atZone(ZoneOffset.UTC)).map(ZonedDateTime::toInstant);
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
