package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.store.StoreFixture;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is alive. */
@Timeout(30)
final class NodesTest {
  private static final Duration SILENCE = Duration.ofSeconds(10);

  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");

  private void silence(Node silent) throws SQLException {
    store.execute(
        "update nodes set heartbeat_at = now() - interval '11 s' where id = ?", silent.id());
  }

  @Test
  void livesUntilDeclaredDead() throws Exception {
    assertThat(store.nodes.beat(node)).isEqualTo(1);
    Node other = store.nodes.register("two");
    silence(node);
    assertThat(store.nodes.beat(node)).isEqualTo(2);
    assertThat(store.rescue.rescue(SILENCE)).isEmpty();
    assertThat(store.rescue.retire(other)).isZero();
    silence(node);
    assertThat(store.rescue.rescue(SILENCE)).containsExactly(new Rescue.Dead("one", 0));
    assertThat(store.nodes.beat(node)).isZero();
    assertThat(store.count("nodes")).isZero();
    assertThat(store.nodes.register("one").id()).isNotEqualTo(node.id());
  }
}
