package dev.ringback.server.job;

import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import dev.ringback.server.job.CronField.Kind;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * When a recurring job fires: five cron fields or a nickname, read in UTC.
 *
 * <p>The fields and the days are those of Vixie's cron: where both the day of the month and that of
 * the week are given, either will do; where one of the two begins with a star, such as {@code
 * *}{@code /2}, both must hold. {@link CronField} reads them; cron-utils finds the times.
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
        .and();
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
    String plain = read.stream().map(CronField::plain).collect(Collectors.joining(" "));
    boolean bothDays =
        read.get(Kind.DAY_OF_MONTH.ordinal()).starred()
            || read.get(Kind.DAY_OF_WEEK.ordinal()).starred();
    // A parser is cheap beside the parsing, and cron-utils does not say that one may be shared.
    var parser = new CronParser(bothDays ? BOTH_DAYS : EITHER_DAY);
    var expression = new CronExpression(text, ExecutionTime.forCron(parser.parse(plain)));
    if (expression.next(Instant.EPOCH).isEmpty()) {
      throw new IllegalArgumentException("never fires");
    }
    return expression;
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
