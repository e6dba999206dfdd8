package dev.ringback.server;

import dev.ringback.server.api.GrpcServer;
import dev.ringback.server.config.Listen;
import dev.ringback.server.config.ServerConfig;
import dev.ringback.server.engine.Engine;
import dev.ringback.server.launch.EnvoyProcess;
import dev.ringback.server.launch.LaunchException;
import dev.ringback.server.ops.OpsServer;
import dev.ringback.server.store.job.Upkeep;
import dev.ringback.server.store.tenant.Keys;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One node: everything it is made of, put together from the database up to the door, so that each
 * part knows only those before it.
 *
 * <p>Closing it is safe from any thread and at any time, twice too.
 */
final class Server implements AutoCloseable {
  private final ServerConfig config;
  private final DataDir dataDir;
  private final Lifeline lifeline;
  private final Consumer<? super String> terminal;
  private final Closer closer = new Closer();
  private volatile boolean ready;
  private volatile @Nullable Engine engine;
  private boolean closed;

  private Server(ServerConfig config, Lifeline lifeline, Consumer<? super String> terminal) {
    this.config = config;
    this.lifeline = lifeline;
    this.terminal = terminal;
    this.dataDir = new DataDir(config.storage().dataDir());
  }

  /**
   * What a started node tells its operator.
   *
   * @param httpPort empty where no Envoy was started
   */
  record Started(
      Server server, Optional<Integer> httpPort, int grpcPort, int opsPort, KeyAtHand key) {}

  /**
   * Starts a node; returns once it takes calls and makes callbacks.
   *
   * @param lifeline is cut when a part has ended without which the node is of no use
   * @param terminal takes a line for each call, where that is wanted
   * @throws LaunchException with a sentence for the operator
   */
  static Started start(ServerConfig config, Lifeline lifeline, Consumer<? super String> terminal)
      throws IOException {
    Server server = new Server(config, lifeline, terminal);
    try {
      return server.start();
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private Started start() throws IOException {
    dataDir.create();
    StoreParts store = StoreParts.open(config.storage(), dataDir, closer);
    KeyAtHand key = keyAtHand(store.keys());
    Upkeep upkeep = store.upkeep(config.retention());
    upkeep.prepare();
    // Before the engine, and so closed after it: while the node drains, it says that it is not
    // ready.
    NodeParts node = NodeParts.join(config, store, () -> ready && !lifeline.isCut(), closer);
    EngineParts engine = EngineParts.start(config, store, node, terminal, closer);
    this.engine = engine.engine();
    closer.add(new UpkeepThread(upkeep));
    ApiParts api = ApiParts.start(config, store, node, closer);
    engine.ownPorts().add(api.grpc().port());
    Optional<EnvoyProcess> envoy =
        config.envoy().wanted() ? Optional.of(envoy(api.grpc(), node.ops())) : Optional.empty();
    // Closed first of all too: Envoy waits for the calls that run, and watches don't end by
    // themselves.
    closer.add(api.watching());
    envoy.ifPresent(running -> running.died().thenRun(() -> lifeline.cut("Envoy")));
    ready = true;
    // Whoever is told that the node is ready may ask Envoy at once.
    envoy.ifPresent(EnvoyProcess::awaitServing);
    return new Started(
        this, envoy.map(EnvoyProcess::httpPort), api.grpc().port(), node.ops().port(), key);
  }

  private KeyAtHand keyAtHand(Keys keys) throws IOException {
    Optional<String> made = keys.bootstrap(config.tenants().apiKey());
    if (config.tenants().apiKey().isPresent()) {
      return new KeyAtHand.Given();
    }
    return made.isPresent()
        ? new KeyAtHand.Made(made.get(), dataDir.keepKey(made.get()))
        : KeyAtHand.kept(dataDir.keptKeys(), keys);
  }

  private EnvoyProcess envoy(GrpcServer grpc, OpsServer ops) {
    Listen listen = config.listen();
    var settings =
        new EnvoyProcess.Settings(
            config.envoy().program(),
            Listening.http(listen).getHostAddress(),
            listen.http().port(),
            new InetSocketAddress(Listening.grpc(listen), grpc.port()),
            new InetSocketAddress(Listening.ops(listen), ops.port()),
            grpc.routes(),
            config.envoy().corsOrigins());
    return closer.add(EnvoyProcess.start(settings, dataDir.path()));
  }

  /** How many callbacks are being made at this moment. */
  int callsInFlight() {
    return Optional.ofNullable(engine).map(Engine::inFlight).orElse(0);
  }

  /** Drains and stops everything that {@link #start} has started, in reverse order. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      ready = false;
      closer.close();
    }
  }
}
