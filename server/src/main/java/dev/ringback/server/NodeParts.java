package dev.ringback.server;

import dev.ringback.server.config.Listen;
import dev.ringback.server.config.ServerConfig;
import dev.ringback.server.engine.Membership;
import dev.ringback.server.ops.OpsServer;
import dev.ringback.server.store.db.Signal;
import dev.ringback.server.store.db.Wakeups;
import dev.ringback.server.store.job.Nodes;
import dev.ringback.server.store.job.Rescue;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;

/**
 * What a node says: to the others that it lives, to the operator whether it is ready, to itself and
 * the others that something is due soon.
 *
 * @param rescue frees what dead nodes own, and what this one owns without knowing
 * @param signal rings here when something is due soon
 * @param wakeups rings it, and those of the others
 */
record NodeParts(
    Rescue rescue, Membership membership, OpsServer ops, Signal signal, Wakeups wakeups) {
  /**
   * @param ready whether the node is, as long as other nodes hear it
   */
  static NodeParts join(
      ServerConfig config, StoreParts store, BooleanSupplier ready, Closer closer) {
    Rescue rescue = new Rescue(store.forEngine());
    Nodes nodes = new Nodes(store.forEngine());
    Membership membership =
        closer.add(new Membership(nodes, rescue, store.clock(), config.nodeId()));
    OpsServer ops =
        ops(config.listen(), () -> ready.getAsBoolean() && membership.isHeard(), closer);
    Signal signal = new Signal();
    Wakeups wakeups = closer.add(new Wakeups(store.url(), signal, membership::isAlone));
    return new NodeParts(rescue, membership, ops, signal, wakeups);
  }

  private static OpsServer ops(Listen listen, BooleanSupplier ready, Closer closer) {
    try {
      var address = new InetSocketAddress(Listening.ops(listen), listen.ops().port());
      return closer.add(new OpsServer(address, ready));
    } catch (IOException e) {
      throw Listening.refused("OPS", listen.ops(), e);
    }
  }
}
