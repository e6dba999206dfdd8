package dev.ringback.server.api.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.JobId;
import dev.ringback.server.refusal.Violation;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResumeTokenTest {
  private static final String FILTER = "jobs 1[failed][][][]";
  private static final JobId JOB =
      new JobId(UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057"));
  private static final ResumeToken BEHIND = ResumeToken.behind(7_000_000_000L);
  private static final ResumeToken PARTIAL = new ResumeToken(42, 1, Optional.empty());
  private static final ResumeToken TELLING_STATES = BEHIND.at(Optional.of(JOB));

  private static Optional<ResumeToken> read(String text, String filter) {
    Violations violations = new Violations();
    Optional<ResumeToken> token = ResumeToken.read(text, filter, violations);
    violations.check();
    return token;
  }

  private static void assertRefused(String text, String filter) {
    Violations violations = new Violations();
    assertThat(ResumeToken.read(text, filter, violations)).as(text).isEmpty();
    assertThat(ViolationsTest.told(violations))
        .containsExactly(
            new Violation("resume_token", "must be the resume_token of a message of a watch"));
  }

  @ParameterizedTest
  @CsvSource({"0, 255", "1, 0", "1, 1", "9223372036854775807, 254", "4294967296, 128"})
  void isReadAsItWasWrittenAndNeedsNoEscapeInAUrlOrAHeader(long position, int messages) {
    for (Optional<JobId> frontier : List.of(Optional.<JobId>empty(), Optional.of(JOB))) {
      ResumeToken token = new ResumeToken(position, messages, frontier);
      assertThat(token.text(FILTER)).matches("[A-Za-z0-9_-]+");
      assertThat(read(token.text(FILTER), FILTER)).contains(token);
    }
  }

  @Test
  void noneIsTheBeginning() {
    assertThat(read("", FILTER)).isEmpty();
  }

  /** Another filter would miss what this one left out. */
  @Test
  void isGoodForTheSameFilterOnly() {
    for (ResumeToken token : List.of(BEHIND, PARTIAL, TELLING_STATES)) {
      Violations violations = new Violations();
      assertThat(ResumeToken.read(token.text(FILTER), "other", violations)).isEmpty();
      assertThat(ViolationsTest.told(violations))
          .containsExactly(
              new Violation(
                  "resume_token",
                  "must be that of a watch of the same job, or with the same status, label, id and"
                      + " type"));
    }
  }

  @Test
  void mayBeMadeForAnyFilter() {
    assertThat(read(BEHIND.textForAnyFilter(), FILTER)).contains(BEHIND);
    assertThat(read(BEHIND.textForAnyFilter(), "other")).contains(BEHIND);
  }

  @Test
  void isRefusedWhereAnyBitIsFlipped() {
    for (ResumeToken token : List.of(BEHIND, PARTIAL, TELLING_STATES)) {
      byte[] bytes = Base64.getUrlDecoder().decode(token.text(FILTER));
      for (int bit = 0; bit < bytes.length * 8; bit++) {
        byte[] flipped = bytes.clone();
        flipped[bit / 8] ^= (byte) (1 << (bit % 8));
        assertRefused(Base64.getUrlEncoder().withoutPadding().encodeToString(flipped), FILTER);
      }
    }
  }

  @Test
  void isRefusedWhereItIsTooShortOrTooLong() {
    for (ResumeToken token : List.of(BEHIND, TELLING_STATES)) {
      String text = token.text(FILTER);
      for (int length = 1; length < text.length(); length++) {
        assertRefused(text.substring(0, length), FILTER);
      }
      assertRefused(text + "A", FILTER);
      assertRefused(text + text, FILTER);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"junk", "!", " ", "====", "ä", "A", "AAAAAAAAAAAAAAAAAAAA"})
  void junkIsRefused(String text) {
    assertRefused(text, FILTER);
    assertRefused(text.repeat(10_000), FILTER);
  }

  @Test
  void isBehindItsPositionOnceAllOfItWasTold() {
    assertThat(BEHIND.after()).isEqualTo(BEHIND.position());
    assertThat(PARTIAL.after()).isEqualTo(41);
    assertThat(PARTIAL.hasTold(42, 0)).isTrue();
    assertThat(PARTIAL.hasTold(42, 1)).isFalse();
    assertThat(PARTIAL.hasTold(43, 0)).isFalse();
    assertThat(BEHIND.hasTold(BEHIND.position(), 5)).isTrue();
    assertThat(BEHIND.hasTold(BEHIND.position() + 1, 0)).isFalse();
  }
}
