package dev.ringback.server.api.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.refusal.Violation;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageTokenTest {
  private static final String LIST = "jobs 1[failed][]";
  private static final PageToken PLACE =
      new PageToken(UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057"), 7);

  private final Violations violations = new Violations();

  @ParameterizedTest
  @CsvSource({
    "00000000-0000-0000-0000-000000000000, 0",
    "01890a5d-ac96-774b-bcce-b302099a8057, 1",
    "ffffffff-ffff-ffff-ffff-ffffffffffff, -1",
    "ffffffff-ffff-ffff-ffff-ffffffffffff, 2147483647",
  })
  void isReadAsItWasWrittenAndNeedsNoEscapeInAUrl(UUID id, int number) {
    PageToken token = new PageToken(id, number);
    assertThat(token.text(LIST)).matches("[A-Za-z0-9_-]+");
    assertThat(PageToken.read(token.text(LIST), LIST, violations)).contains(token);
    violations.check();
  }

  @Test
  void noneIsTheFirstPage() {
    assertThat(PageToken.read("", LIST, violations)).isEmpty();
    violations.check();
  }

  @Test
  void isOnlyGoodForItsOwnList() {
    assertRefused(PLACE.text("jobs 2[failed][]"));
    assertRefused(PLACE.text(""));
  }

  @Test
  void isRefusedWhereItWasTamperedWith() {
    String text = PLACE.text(LIST);
    for (int at = 0; at < text.length(); at++) {
      char other = text.charAt(at) == 'A' ? 'B' : 'A';
      assertRefused(text.substring(0, at) + other + text.substring(at + 1));
    }
    assertRefused(text.substring(1));
    assertRefused(text + "A");
    assertRefused(text + text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"junk", "!", " ", "====", "ä", "A", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
  void junkIsRefused(String text) {
    assertRefused(text);
  }

  private static void assertRefused(String text) {
    Violations violations = new Violations();
    assertThat(PageToken.read(text, LIST, violations)).isEmpty();
    assertThat(ViolationsTest.told(violations))
        .containsExactly(
            new Violation(
                "page_token", "must be the next_page_token of a list with the same filter"));
  }
}
