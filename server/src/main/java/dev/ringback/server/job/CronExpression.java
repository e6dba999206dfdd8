package dev.ringback.server.job;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;

/**
 * When a recurring job fires: five cron fields or a nickname, read in UTC.
 *
 * <p>Parsed by cron-utils. Its UNIX definition ({@link CronType#UNIX}) knows no nicknames and lets
 * values out of range pass, hence a definition of our own.
 */
public final class CronExpression {
  private static final CronDefinition DEFINITION =
      CronDefinitionBuilder.defineCron()
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
          .withSupportedNicknameHourly()
          .instance();

  private final String text;
  private final ExecutionTime times;

  private CronExpression(String text, ExecutionTime times) {
    this.text = text;
    this.times = times;
  }

  /**
   * Reads an expression.
   *
   * @throws IllegalArgumentException with a sentence for the user when it is none, or never fires
   */
  public static CronExpression parse(String text) {
    // A parser is cheap beside the parsing, and cron-utils does not say that one may be shared.
    var expression =
        new CronExpression(
            text, ExecutionTime.forCron(new CronParser(DEFINITION).parse(text.strip())));
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
