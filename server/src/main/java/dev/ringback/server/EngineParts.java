package dev.ringback.server;

import dev.ringback.server.config.Callbacks;
import dev.ringback.server.config.ServerConfig;
import dev.ringback.server.engine.CallLines;
import dev.ringback.server.engine.CallLog;
import dev.ringback.server.engine.Engine;
import dev.ringback.server.engine.EngineStore;
import dev.ringback.server.engine.http.AddressGuard;
import dev.ringback.server.engine.http.HttpCaller;
import dev.ringback.server.engine.http.OwnPorts;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.job.Claims;
import dev.ringback.server.store.job.Finishes;
import dev.ringback.server.store.tenant.SigningSecrets;
import java.util.function.Consumer;

/**
 * What makes the callbacks.
 *
 * @param ownPorts which they may not reach
 */
record EngineParts(Engine engine, OwnPorts ownPorts) {
  static EngineParts start(
      ServerConfig config,
      StoreParts store,
      NodeParts node,
      Consumer<? super String> terminal,
      Closer closer) {
    Callbacks callbacks = config.callbacks();
    OwnPorts ownPorts = ownPorts(config, store, node);
    AddressGuard guard = AddressGuard.parse(String.join(",", callbacks.allow()));
    HttpCaller caller =
        closer.add(new HttpCaller(guard, ownPorts, callbacks.slots(), Version.TEXT));
    Database database = store.forEngine();
    // Closed after the engine, whose last calls it prints too.
    CallLog callLog =
        callbacks.log() ? closer.add(new CallLines(terminal, store.clock())) : CallLog.NONE;
    Engine engine =
        new Engine(
            new EngineStore(
                new Claims(database),
                new Finishes(database, store.ids()),
                new SigningSecrets(database),
                node.rescue(),
                store.clock(),
                node.signal()),
            node.membership(),
            caller,
            callLog,
            new Engine.Limits(callbacks.slots(), Memory.BODIES, callbacks.drainGrace()));
    return new EngineParts(closer.add(engine), ownPorts);
  }

  /** The ports that are known before the first call; a gRPC port that the system picks follows. */
  private static OwnPorts ownPorts(ServerConfig config, StoreParts store, NodeParts node) {
    OwnPorts own = new OwnPorts();
    own.add(node.ops().port());
    own.add(config.listen().grpc().port());
    store.url().servers().forEach(server -> own.add(server.getHostString(), server.getPort()));
    return own;
  }
}
