package dev.ringback.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.model.Model.Scope;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Claim, heartbeat, rescue, finish, cancel and hold over all interleavings of a small world: in
 * none is work lost or done twice, and from each the end can be reached.
 */
@Timeout(900)
final class ModelTest {
  /** The scope in which each flaw shows. */
  private static final Scope SMALL = new Scope(2, 1, 1, 1, 1, 1);

  @ParameterizedTest(
      name = "nodes {0}, executions {1}, retries {2}, faults {3}, cancels {4}, holds {5}")
  @CsvSource({"2, 1, 1, 2, 1, 1", "2, 2, 0, 1, 1, 0"})
  void nothingIsLostOrDoneTwice(
      int nodes, int executions, int retries, int faults, int cancels, int holds) {
    explore(new Scope(nodes, executions, retries, faults, cancels, holds));
  }

  /** Some minutes, and some gigabytes. */
  @ParameterizedTest(
      name = "nodes {0}, executions {1}, retries {2}, faults {3}, cancels {4}, holds {5}")
  @CsvSource({"2, 2, 1, 1, 1, 0", "3, 1, 1, 2, 1, 1", "2, 1, 2, 2, 1, 1"})
  @EnabledIfSystemProperty(named = "ringback.soak", matches = "true")
  void nothingIsLostOrDoneTwiceInALargerWorld(
      int nodes, int executions, int retries, int faults, int cancels, int holds) {
    explore(new Scope(nodes, executions, retries, faults, cancels, holds));
  }

  private static void explore(Scope scope) {
    var exploration = new Exploration(new Model(scope, Flaw.NONE));
    Optional<String> wrong = exploration.run();
    System.out.printf(
        "%s: %,d worlds, %,d steps%n", scope, exploration.worlds(), exploration.steps());
    assertThat(wrong).isEmpty();
    assertThat(exploration.worlds()).isGreaterThan(100_000);
  }

  /** Otherwise it would prove nothing. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void everyFlawIsFound(Flaw flaw) {
    assertThat(new Exploration(new Model(SMALL, flaw)).run()).isPresent();
  }

  @Test
  void theSmallWorldHasNone() {
    assertThat(new Exploration(new Model(SMALL, Flaw.NONE)).run()).isEmpty();
  }
}
