package dev.ringback.server;

import dev.ringback.server.config.Listen;
import dev.ringback.server.config.ServerConfig;
import dev.ringback.server.engine.Membership;
import dev.ringback.server.ops.OpsServer;
import dev.ringback.server.store.Nodes;
import dev.ringback.server.store.Signal;
import dev.ringback.server.store.Wakeups;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;

/**
 * What a node says: to the others that it lives, to the operator whether it is ready, to itself and
 * the others that something is due soon.
 *
 * @param signal rings here when something is due soon
 * @param wakeups rings it, and those of the others
 */
record NodeParts(
    Nodes nodes, Membership membership, OpsServer ops, Signal signal, Wakeups wakeups) {
  /**
   * @param ready whether the node is, as long as other nodes hear it
   */
  static NodeParts join(
      ServerConfig config, StoreParts store, BooleanSupplier ready, Closer closer) {
    Nodes nodes = new Nodes(store.forEngine());
    Membership membership = closer.add(new Membership(nodes, store.clock(), config.nodeId()));
    OpsServer ops =
        ops(config.listen(), () -> ready.getAsBoolean() && membership.isHeard(), closer);
    Signal signal = new Signal();
    Wakeups wakeups = closer.add(new Wakeups(store.url(), signal, membership::isAlone));
    return new NodeParts(nodes, membership, ops, signal, wakeups);
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
