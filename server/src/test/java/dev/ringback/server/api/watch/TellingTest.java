package dev.ringback.server.api.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.api.message.Messages;
import dev.ringback.server.api.read.ResumeToken;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event.Kind;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.job.Events;
import dev.ringback.v1.WatchMessage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TellingTest {
  private static final String FILTER = "jobs 1[][][][]";
  private static final JobId FRONTIER = new JobId(new UUID(9, 9));
  private static final Instant NOW = Instant.parse("2027-03-30T11:00:00Z");

  private final List<WatchMessage> told = new ArrayList<>();

  private Telling telling(ResumeToken begin, Change.Type... types) {
    return new Telling(told::add, FILTER, Set.of(types), InstantSource.fixed(NOW), begin);
  }

  private List<String> types() {
    return told.stream().map(message -> message.getType().name()).toList();
  }

  private ResumeToken token(int message) {
    Violations violations = new Violations();
    Optional<ResumeToken> token =
        ResumeToken.read(told.get(message).getResumeToken(), FILTER, violations);
    violations.check();
    return token.orElseThrow();
  }

  @Test
  void tellsEachMessageOfAChangeWithATokenThatResumesBehindIt() throws Exception {
    Telling telling = telling(ResumeToken.behind(0));
    telling.change(Watched.change(5, Kind.STARTED));
    telling.change(Watched.change(7, Kind.RETRIED));
    assertThat(types()).containsExactly("attempt_started", "attempt_finished", "retry_scheduled");
    assertThat(token(0)).isEqualTo(ResumeToken.behind(5));
    assertThat(token(1)).isEqualTo(new ResumeToken(7, 1, Optional.empty()));
    assertThat(token(2)).isEqualTo(ResumeToken.behind(7));
  }

  /** Whoever was cut off within a change is told the rest of it. */
  @Test
  void goesOnBehindTheMessageOfAToken() throws Exception {
    List<Change> changes =
        List.of(
            Watched.change(5, Kind.STARTED),
            Watched.change(7, Kind.RETRIED),
            Watched.change(8, Kind.STARTED),
            Watched.change(9, Kind.FAILED));
    Telling whole = telling(ResumeToken.behind(0));
    for (Change change : changes) {
      whole.change(change);
    }
    List<WatchMessage> all = List.copyOf(told);
    assertThat(all).hasSize(6);
    for (int cut = 0; cut < all.size(); cut++) {
      told.clear();
      told.add(all.get(cut));
      ResumeToken resume = token(0);
      told.clear();
      Telling rest = telling(resume);
      for (Change change : changes) {
        // As the feed gives them.
        if (change.event().position() > resume.after()) {
          rest.change(change);
        }
      }
      assertThat(told).isEqualTo(all.subList(cut + 1, all.size()));
    }
  }

  @Test
  void tellsOnlyTheTypesAskedFor() throws Exception {
    Telling telling =
        telling(ResumeToken.behind(0), Change.Type.ATTEMPT_FINISHED, Change.Type.JOB_CANCELLED);
    telling.change(Watched.change(5, Kind.STARTED));
    assertThat(told).isEmpty();
    telling.change(Watched.change(7, Kind.RETRIED));
    telling.change(Watched.change(8, Kind.CANCELLED));
    assertThat(types()).containsExactly("attempt_finished", "job_cancelled");
    // The rest of the change is told to nobody, but it is still to be passed by.
    assertThat(token(0)).isEqualTo(new ResumeToken(7, 1, Optional.empty()));
    assertThat(token(1)).isEqualTo(ResumeToken.behind(8));
  }

  @Test
  void aCheckpointTellsHowFarItHasCome() throws Exception {
    Telling telling = telling(ResumeToken.behind(3));
    telling.reached(9);
    assertThat(told).isEmpty();
    telling.checkpoint();
    assertThat(told)
        .containsExactly(
            WatchMessage.newBuilder()
                .setType(WatchMessage.Type.checkpoint)
                .setAt(Messages.timestamp(NOW))
                .setResumeToken(ResumeToken.behind(9).text(FILTER))
                .build());
    assertThat(telling.untilCheckpoint()).isPositive().isLessThan(Duration.ofMinutes(1));
  }

  private static Events.Head head(long position) {
    return new Events.Head(position, 0, NOW);
  }

  /** A subscription begins before the change of which a part was told. */
  @Test
  void neverGoesBack() throws Exception {
    ResumeToken partial = new ResumeToken(7, 1, Optional.empty());
    Telling telling = telling(partial);
    telling.reached(6);
    telling.checkpoint();
    assertThat(token(0)).isEqualTo(partial);
    telling.reached(7);
    telling.checkpoint();
    assertThat(token(1)).isEqualTo(ResumeToken.behind(7));
  }

  @Test
  void whileStatesAreToldTokensKeepThePlaceAmongThem() throws Exception {
    Telling telling = telling(ResumeToken.behind(0));
    telling.snapshot(Watched.job(), head(20), Optional.of(FRONTIER));
    telling.change(Watched.change(25, Kind.RETRIED));
    telling.reached(30);
    telling.checkpoint();
    telling.snapshot(Watched.job(), head(30), Optional.empty());
    telling.change(Watched.change(31, Kind.STARTED));
    assertThat(types())
        .containsExactly(
            "snapshot",
            "attempt_finished",
            "retry_scheduled",
            "checkpoint",
            "snapshot",
            "attempt_started");
    assertThat(told.getFirst().getAt()).isEqualTo(Messages.timestamp(NOW));
    Optional<JobId> among = Optional.of(FRONTIER);
    assertThat(token(0)).isEqualTo(ResumeToken.behind(20).at(among));
    assertThat(token(1)).isEqualTo(new ResumeToken(25, 1, among));
    assertThat(token(2)).isEqualTo(ResumeToken.behind(25).at(among));
    assertThat(token(3)).isEqualTo(ResumeToken.behind(30).at(among));
    assertThat(token(4)).isEqualTo(ResumeToken.behind(30));
    assertThat(token(5)).isEqualTo(ResumeToken.behind(31));
  }

  /** Where the last page of states is empty, none of them says that it was the last. */
  @Test
  void onceStatesAreToldTokensForgetThePlaceAmongThem() throws Exception {
    Telling telling = telling(ResumeToken.behind(0));
    telling.snapshot(Watched.job(), head(20), Optional.of(FRONTIER));
    telling.states(22, Optional.of(FRONTIER));
    telling.checkpoint();
    telling.states(25, Optional.empty());
    telling.checkpoint();
    telling.change(Watched.change(26, Kind.STARTED));
    assertThat(token(1)).isEqualTo(ResumeToken.behind(22).at(Optional.of(FRONTIER)));
    assertThat(token(2)).isEqualTo(ResumeToken.behind(25));
    assertThat(token(3)).isEqualTo(ResumeToken.behind(26));
  }
}
