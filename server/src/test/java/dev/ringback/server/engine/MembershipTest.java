package dev.ringback.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.job.Node;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node's life among others. */
@Timeout(30)
final class MembershipTest {
  private static final Duration BEAT = Duration.ofMillis(20);

  @RegisterExtension private final StoreFixture store = new StoreFixture();

  @Test
  void beginsANewLifeWhenDeclaredDead() throws Exception {
    var membership =
        new Membership(store.nodes, store.rescue, store.clock, "one", BEAT, Duration.ofSeconds(10));
    try (membership) {
      Node first = membership.node();
      assertThat(store.rescue.retire(first)).isZero();
      Await.until("a new life", () -> !membership.node().equals(first));
      assertThat(membership.node().name()).isEqualTo("one");
      assertThat(store.nodes.beat(membership.node())).isEqualTo(1);
      assertThat(membership.isHeard()).isTrue();
    }
  }

  @Test
  void learnsOfOthers() throws Exception {
    try (var membership =
        new Membership(
            store.nodes, store.rescue, store.clock, "one", BEAT, Duration.ofSeconds(10))) {
      assertThat(membership.isAlone()).isTrue();
      store.nodes.register("two");
      Await.until("company", () -> !membership.isAlone());
    }
  }

  @Test
  void declaresNobodyDeadBeforeItWasHeardForThatLong() throws Exception {
    Node silent = store.nodes.register("silent");
    store.execute("update nodes set heartbeat_at = now() - interval '1 h'");
    Duration silence = Duration.ofSeconds(1);
    long start = System.nanoTime();
    try (var membership =
        new Membership(store.nodes, store.rescue, store.clock, "one", BEAT, silence)) {
      Await.until("the end of the silent one", () -> store.count("nodes") == 1);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(silence);
      assertThat(store.nodes.beat(membership.node())).isEqualTo(1);
      assertThat(store.nodes.beat(silent)).isZero();
    }
  }
}
