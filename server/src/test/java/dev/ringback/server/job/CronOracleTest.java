package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Random expressions against a reading of our own, which looks at one minute after the other. */
@Timeout(120)
class CronOracleTest {
  private static final int EXPRESSIONS = 1_000;

  /** Farther than from any 29 February to the next on the same weekday. */
  private static final int MAX_YEARS = 41;

  private static final List<LocalDateTime> STARTS =
      List.of(
          LocalDateTime.parse("1999-12-31T23:59:59"),
          LocalDateTime.parse("2024-02-28T23:30:00"),
          LocalDateTime.parse("2027-03-30T10:00:30"),
          LocalDateTime.parse("2096-02-29T00:00:00"));

  private final Random random = new Random(20_270_330);

  @Test
  void agreesWithAnOracle() {
    int compared = 0;
    for (int i = 0; i < EXPRESSIONS; i++) {
      Oracle oracle = new Oracle(minute(), hour(), dayOfMonth(), month(), dayOfWeek());
      if (oracle.next(STARTS.get(1)).isEmpty()) {
        continue;
      }
      CronExpression expression = CronExpression.parse(oracle.text());
      for (LocalDateTime start : STARTS) {
        LocalDateTime at = start;
        for (int firing = 0; firing < 3; firing++) {
          LocalDateTime expected = oracle.next(at).orElseThrow();
          assertThat(expression.next(at.toInstant(ZoneOffset.UTC)))
              .as("%s after %s", oracle.text(), at)
              .contains(instant(expected));
          at = expected;
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(EXPRESSIONS * 10);
  }

  /** What Vixie's cron and cron-utils agree about: one of the two days is a plain star. */
  @Test
  void agreesWithCronUtils() {
    var parser = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
    int compared = 0;
    for (int i = 0; i < EXPRESSIONS; i++) {
      Field day = dayOfMonth();
      Field weekday = day.text().equals("*") ? dayOfWeek() : Field.star(0, 7);
      Oracle oracle = new Oracle(minute(), hour(), day, month(), weekday);
      if (oracle.next(STARTS.get(1)).isEmpty()) {
        continue;
      }
      ExecutionTime times = ExecutionTime.forCron(parser.parse(oracle.plain()));
      CronExpression expression = CronExpression.parse(oracle.text());
      for (LocalDateTime start : STARTS) {
        Instant at = instant(start);
        assertThat(expression.next(at))
            .as("%s after %s", oracle.text(), at)
            .isEqualTo(
                times.nextExecution(at.atZone(ZoneOffset.UTC)).map(ZonedDateTime::toInstant));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(EXPRESSIONS);
  }

  private static Instant instant(LocalDateTime time) {
    return time.toInstant(ZoneOffset.UTC);
  }

  private Field minute() {
    return field(0, 59, List.of());
  }

  private Field hour() {
    return field(0, 23, List.of());
  }

  private Field dayOfMonth() {
    return random.nextBoolean() ? Field.star(1, 31) : field(1, 31, List.of());
  }

  private Field month() {
    return random.nextBoolean()
        ? Field.star(1, 12)
        : field(
            1,
            12,
            List.of(
                "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV",
                "DEC"));
  }

  private Field dayOfWeek() {
    Field given =
        random.nextBoolean()
            ? Field.star(0, 7)
            : field(0, 7, List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"));
    if (given.values().get(7)) {
      given.values().set(0);
    }
    return given;
  }

  /**
   * One to three parts, each a star, a value or a range, with or without a step, which may lead out
   * of the range.
   */
  private Field field(int least, int most, List<String> names) {
    if (random.nextInt(4) == 0) {
      int step = 1 + random.nextInt(most + 5);
      return step == 1
          ? Field.star(least, most)
          : new Field("*/" + step, true, values(least, most, step));
    }
    List<String> parts = new ArrayList<>();
    BitSet all = new BitSet();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      int from = least + random.nextInt(most - least + 1);
      int to = random.nextBoolean() ? from : from + random.nextInt(most - from + 1);
      int step = to > from && random.nextBoolean() ? 1 + random.nextInt(most + 5) : 1;
      String text = name(from, least, names);
      text += to > from ? "-" + name(to, least, names) : "";
      parts.add(text + (step > 1 ? "/" + step : ""));
      all.or(values(from, to, step));
    }
    return new Field(String.join(",", parts), false, all);
  }

  private String name(int value, int least, List<String> names) {
    return value - least < names.size() && random.nextInt(4) == 0
        ? names.get(value - least)
        : "" + value;
  }

  private static BitSet values(int from, int to, int step) {
    BitSet values = new BitSet();
    IntStream.rangeClosed(from, to).filter(v -> (v - from) % step == 0).forEach(values::set);
    return values;
  }

  private record Field(String text, boolean starred, BitSet values) {
    String plain() {
      return text.equals("*")
          ? text
          : values.stream().mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    static Field star(int least, int most) {
      return new Field("*", true, CronOracleTest.values(least, most, 1));
    }
  }

  private record Oracle(Field minute, Field hour, Field day, Field month, Field weekday) {
    String text() {
      return String.join(" ", minute.text(), hour.text(), day.text(), month.text(), weekday.text());
    }

    /** The same without steps and names, each value by itself. */
    String plain() {
      return Stream.of(minute, hour, day, month, weekday)
          .map(Field::plain)
          .collect(Collectors.joining(" "));
    }

    /** The first firing after a time; empty when none comes for years. */
    Optional<LocalDateTime> next(LocalDateTime after) {
      LocalDateTime at = after.truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
      LocalDateTime end = after.plusYears(MAX_YEARS);
      while (at.isBefore(end)) {
        if (!fires(at.toLocalDate())) {
          at = at.toLocalDate().plusDays(1).atStartOfDay();
        } else if (hour.values().get(at.getHour()) && minute.values().get(at.getMinute())) {
          return Optional.of(at);
        } else {
          at = at.plusMinutes(1);
        }
      }
      return Optional.empty();
    }

    private boolean fires(LocalDate date) {
      boolean byDay = day.values().get(date.getDayOfMonth());
      boolean byWeekday = weekday.values().get(date.getDayOfWeek().getValue() % 7);
      return month.values().get(date.getMonthValue())
          && ((day.starred() || weekday.starred()) ? (byDay && byWeekday) : (byDay || byWeekday));
    }
  }
}
