package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class CronExpressionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* * * * *         | 2027-03-30T10:00:00Z        | 2027-03-30T10:01:00Z",
        "* * * * *         | 2027-03-30T10:00:59.999999Z | 2027-03-30T10:01:00Z",
        "* * * * *         | 2027-03-30T09:59:59.999999Z | 2027-03-30T10:00:00Z",
        "*/15 * * * *      | 2027-03-30T10:07:00Z        | 2027-03-30T10:15:00Z",
        "5-20/5 * * * *    | 2027-03-30T10:20:00Z        | 2027-03-30T11:05:00Z",
        "0,30 9,17 * * *   | 2027-03-30T09:30:00Z        | 2027-03-30T17:00:00Z",
        "0 9 * * 1-5       | 2027-04-02T09:00:00Z        | 2027-04-05T09:00:00Z",
        "0 9 * * MON-FRI   | 2027-04-02T09:00:00Z        | 2027-04-05T09:00:00Z",
        "0 9 * * mon,wed   | 2027-04-05T09:00:00Z        | 2027-04-07T09:00:00Z",
        "0 0 * * 0         | 2027-03-30T10:00:00Z        | 2027-04-04T00:00:00Z",
        "0 0 * * 7         | 2027-03-30T10:00:00Z        | 2027-04-04T00:00:00Z",
        "0 0 * * SUN       | 2027-03-30T10:00:00Z        | 2027-04-04T00:00:00Z",
        "0 0 * * 5-7       | 2027-04-03T00:00:00Z        | 2027-04-04T00:00:00Z",
        "0 0 * * 5-7       | 2027-04-04T00:00:00Z        | 2027-04-09T00:00:00Z",
        "0 0 * * SUN-TUE   | 2027-03-31T00:00:00Z        | 2027-04-04T00:00:00Z",
        "0 0 * * FRI-SUN   | 2027-04-03T00:00:00Z        | 2027-04-04T00:00:00Z",
        "0 0 * * 0-2       | 2027-03-31T00:00:00Z        | 2027-04-04T00:00:00Z",
        "0 0 * * SUN-SUN   | 2027-03-30T00:00:00Z        | 2027-04-04T00:00:00Z",
        "0 0 1 JAN *       | 2027-03-30T10:00:00Z        | 2028-01-01T00:00:00Z",
        "0 0 31 * *        | 2027-03-31T00:00:00Z        | 2027-05-31T00:00:00Z",
        "0 0 29 2 *        | 2027-03-30T10:00:00Z        | 2028-02-29T00:00:00Z",
        "0 0 29 2 *        | 2096-03-01T00:00:00Z        | 2104-02-29T00:00:00Z",
        "59 23 31 12 *     | 2027-12-31T23:59:00Z        | 2028-12-31T23:59:00Z",
        "'  0   9 * * *  ' | 2027-03-30T10:00:00Z        | 2027-03-31T09:00:00Z",
        "@hourly           | 2027-03-30T10:00:00Z        | 2027-03-30T11:00:00Z",
        "@daily            | 2027-03-30T10:00:00Z        | 2027-03-31T00:00:00Z",
        "@midnight         | 2027-03-30T10:00:00Z        | 2027-03-31T00:00:00Z",
        "@weekly           | 2027-03-30T10:00:00Z        | 2027-04-04T00:00:00Z",
        "@monthly          | 2027-03-30T10:00:00Z        | 2027-04-01T00:00:00Z",
        "@yearly           | 2027-03-30T10:00:00Z        | 2028-01-01T00:00:00Z",
        "@annually         | 2027-03-30T10:00:00Z        | 2028-01-01T00:00:00Z",
      })
  void firesNext(String expression, Instant after, Instant next) {
    assertThat(CronExpression.parse(expression).next(after)).contains(next);
  }

  /** As in Vixie's cron: either will do, unless one of the two begins with a star. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // 2027-04-01 is a Thursday.
        "0 0 13 * 5   | 2027-04-01T00:00:00Z | 2027-04-02T00:00:00Z",
        "0 0 13 * 5   | 2027-04-09T00:00:00Z | 2027-04-13T00:00:00Z",
        "0 0 13 * 5   | 2027-04-13T00:00:00Z | 2027-04-16T00:00:00Z",
        "0 0 13 * *   | 2027-04-01T00:00:00Z | 2027-04-13T00:00:00Z",
        "0 0 * * 5    | 2027-04-09T00:00:00Z | 2027-04-16T00:00:00Z",
        "0 0 */2 * 5  | 2027-04-01T00:00:00Z | 2027-04-09T00:00:00Z",
        "0 0 13 * */2 | 2027-04-01T00:00:00Z | 2027-04-13T00:00:00Z",
        // 29 February falls on a Sunday every 28 years, and once in 40 around 2100.
        "0 0 29 2 */7 | 2027-04-01T00:00:00Z | 2032-02-29T00:00:00Z",
        "0 0 29 2 */7 | 2088-03-01T00:00:00Z | 2128-02-29T00:00:00Z",
      })
  void firesOnADayOfTheMonthOrOfTheWeek(String expression, Instant after, Instant next) {
    assertThat(CronExpression.parse(expression).next(after)).contains(next);
  }

  /** As in Vixie's cron: a step that leads out of the range leaves the first value of it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 0 * * */7           | 0 0 * * 0",
        "0 0 * * */99999999999 | 0 0 * * 0",
        "0 0 * * 0-5/7         | 0 0 * * 0",
        "0 0 * * 0-7/7         | 0 0 * * 0",
        "0 0 * * 1-7/7         | 0 0 * * 1",
        "0 0 * * 1-07/07       | 0 0 * * 1",
        "0 0 * * MON-SUN/7     | 0 0 * * 1",
        "0 0 * * 6-7/7         | 0 0 * * 6",
        "0 0 * * SAT-SUN/8     | 0 0 * * 6",
        "0 0 * * 7-7/7         | 0 0 * * 0",
        "0 0 * * 7/2           | 0 0 * * 0",
        "0 0 * * 2/7           | 0 0 * * 2",
        "0 0 * * 3,1-5/7       | 0 0 * * 1,3",
        "0 0 * * 5-7/3         | 0 0 * * 5",
        "0 0 * * 5-7/2         | 0 0 * * 5,0",
        "0 0 * * 1-7/3         | 0 0 * * 1,4,7",
        "0 0 * * 0-7/3         | 0 0 * * 0,3,6",
        "0 0 * * */6           | 0 0 * * 0,6",
        "*/100 * * * *         | 0 * * * *",
        "*/60 * * * *          | 0 * * * *",
        "5-20/40 * * * *       | 5 * * * *",
        "5/100 * * * *         | 5 * * * *",
        "0 */24 * * *          | 0 0 * * *",
        "0 5-6/24 * * *        | 0 5 * * *",
        "0 0 */32 * *          | 0 0 1 * *",
        "0 0 9-10/31 * *       | 0 0 9 * *",
        "0 0 1 */13 *          | 0 0 1 1 *",
        "0 0 1 MAR-DEC/12 *    | 0 0 1 3 *",
      })
  void aStepOutOfTheRangeLeavesItsFirstValue(String expression, String same) {
    Instant at = Instant.parse("2027-03-30T10:00:00Z");
    for (int i = 0; i < 10; i++) {
      Instant next = CronExpression.parse(expression).next(at).orElseThrow();
      assertThat(CronExpression.parse(same).next(at)).contains(next);
      at = next;
    }
  }

  /** Whatever is asked for costs no more looks than there are months in the longest pause. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0 0 29 2 */7",
        "0 0 29 2 *",
        "59 23 29 2 */5",
        "0 0 */30 2,4 1",
        "59 23 31 12 */7",
        "0 0 31 1,3,5,7,8,10,12 */6",
        "* * * * *",
      })
  void looksAtNoMoreThanTheLongestPause(String expression) {
    CronExpression cron = CronExpression.parse(expression);
    Instant at = Instant.parse("1896-03-01T00:00:00Z");
    for (int i = 0; i < 500; i++) {
      CronExpression.Search search = cron.search(at);
      assertThat(search.months()).isLessThanOrEqualTo(12 * 40 + 1);
      at = search.found().orElseThrow();
    }
  }

  /** The only month that may fire is looked at once a year, and the others not at all. */
  @Test
  void looksAtMonthsThatMayFireAlone() {
    assertThat(
            CronExpression.parse("0 0 29 2 */7")
                .search(Instant.parse("2088-03-01T00:00:00Z"))
                .months())
        .isEqualTo(1 + 40);
    assertThat(
            CronExpression.parse("0 0 1 1 *")
                .search(Instant.parse("2088-01-02T00:00:00Z"))
                .months())
        .isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* * * *          | it has 4 fields",
        "@never           | there is no @never",
        "60 * * * *       | minute: 60 is not from 0 to 59",
        "* * * * 8        | day of week: 8 is not from 0 to 7",
        "* * 99999999999 * * | day of month: 99999999999 is not from 1 to 31",
        "* * * FOO *      | month: FOO is no number, nor a name of three letters",
        "*/0 * * * *      | minute: a step must be at least 1",
        "* 1-5/00 * * *   | hour: a step must be at least 1",
        "* 5-1 * * *      | hour: 5-1 ends before it begins",
        "1, * * * *       | minute: '' is neither *, a value nor a range such as 1-5, with or without a step",
        "0 0 30 2 *       | never fires",
      })
  void saysWhatIsWrong(String expression, String words) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CronExpression.parse(expression))
        .withMessage(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "junk",
        "* * * *",
        "* * * * * *",
        "0 0 0 * * *",
        "60 * * * *",
        "0-60 * * * *",
        "-1 * * * *",
        "99999999999 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 0 *",
        "* * * 13 *",
        "* * * * 8",
        "* * * FOO *",
        "* * * * FOO",
        "*/0 * * * *",
        "*/-1 * * * *",
        "1- * * * *",
        "30-10 * * * *",
        ", * * * *",
        "1,,2 * * * *",
        "1.5 * * * *",
        "@never",
        "@reboot",
        "@",
        "* * L * *",
        "* * 1W * *",
        "* * * * 1#2",
        "? * * * *",
        "* * ? * *",
        "0 9 * * *\0",
        "0 9 * * *\n",
        "0 9 * * ١",
        "* * * * 12",
        "* * * * SUNMON",
        "* * * * MON1",
        "* * * * 1MON",
        "* * * * 6-0",
        "0 0 30 2 *",
        "0 0 31 2,4,6,9,11 *",
        "0 0 30-31 2 *",
        "0 0 30 2 */2",
        "*/2/3 * * * *",
        "*/ * * * *",
        "*-5 * * * *",
        "*/2-3 * * * *",
        "* * * * */SUN",
        "* * * * 0-5/0",
        "* * * JANUARY *",
      })
  void refusesWhatIsNoneOrNeverFires(String expression) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CronExpression.parse(expression))
        .satisfies(e -> assertThat(e.getMessage()).isNotBlank().doesNotContain("Exception"));
  }

  @Test
  void isTheTextThatWasGiven() {
    CronExpression expression = CronExpression.parse("0 9 * * 1-5");
    assertThat(expression.text()).isEqualTo("0 9 * * 1-5");
    assertThat(expression)
        .hasToString("0 9 * * 1-5")
        .isEqualTo(CronExpression.parse("0 9 * * 1-5"))
        .hasSameHashCodeAs(CronExpression.parse("0 9 * * 1-5"))
        .isNotEqualTo(CronExpression.parse("0 9 * * 1-4"));
  }
}
