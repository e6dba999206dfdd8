package dev.ringback.server;

import dev.ringback.server.api.GrpcServer;
import dev.ringback.server.api.Services;
import dev.ringback.server.api.call.Reads;
import dev.ringback.server.api.call.RequestCheck;
import dev.ringback.server.api.job.ActionCalls;
import dev.ringback.server.api.job.AwaitCalls;
import dev.ringback.server.api.job.CreateCalls;
import dev.ringback.server.api.job.CreationReader;
import dev.ringback.server.api.job.JobApi;
import dev.ringback.server.api.job.LookUpCalls;
import dev.ringback.server.api.tenant.SigningSecretApi;
import dev.ringback.server.api.watch.EventStreamApi;
import dev.ringback.server.api.watch.WatchCalls;
import dev.ringback.server.api.watch.Watches;
import dev.ringback.server.engine.Engine;
import dev.ringback.server.engine.EngineStore;
import dev.ringback.server.engine.Membership;
import dev.ringback.server.engine.http.AddressGuard;
import dev.ringback.server.engine.http.HttpCaller;
import dev.ringback.server.engine.http.OwnPorts;
import dev.ringback.server.job.IdSource;
import dev.ringback.server.job.JobDefaults;
import dev.ringback.server.launch.EmbeddedPostgres;
import dev.ringback.server.launch.EnvoyProcess;
import dev.ringback.server.launch.LaunchException;
import dev.ringback.server.launch.PostgresAddress;
import dev.ringback.server.ops.OpsServer;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.DatabaseClock;
import dev.ringback.server.store.db.DatabaseUrl;
import dev.ringback.server.store.db.Signal;
import dev.ringback.server.store.db.Turns;
import dev.ringback.server.store.db.Wakeups;
import dev.ringback.server.store.job.Actions;
import dev.ringback.server.store.job.Attempts;
import dev.ringback.server.store.job.Claims;
import dev.ringback.server.store.job.Creates;
import dev.ringback.server.store.job.Events;
import dev.ringback.server.store.job.Executions;
import dev.ringback.server.store.job.Finishes;
import dev.ringback.server.store.job.Jobs;
import dev.ringback.server.store.job.Nodes;
import dev.ringback.server.store.job.Partitions;
import dev.ringback.server.store.job.Rescue;
import dev.ringback.server.store.job.Standings;
import dev.ringback.server.store.job.Upkeep;
import dev.ringback.server.store.tenant.Projects;
import dev.ringback.server.store.tenant.SigningSecrets;
import dev.ringback.server.watch.Feed;
import dev.ringback.server.watch.Past;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: everything it is made of, put together in the order of a job's journey.
 *
 * <p>Closing it is safe from any thread and at any time, twice too.
 */
final class Server implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Server.class);

  /** For creates, written by three at a time, and for what all calls need: keys. */
  private static final int CREATE_CONNECTIONS = 5;

  /** For all other calls, which have their turns. */
  private static final int CALL_CONNECTIONS = 6;

  /** How many of these may wait, and for how long: less than a call may take. */
  private static final int WAITING_CALLS = 1_000;

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(4);

  /**
   * For claims, large bodies, finishes and heartbeats: none of them waits behind calls of the API,
   * however many there are. A node that can't heartbeat is declared dead.
   */
  private static final int ENGINE_CONNECTIONS = 8;

  /**
   * The part of the heap for bodies that are too large to come with their claim. As much is for
   * what is read for calls; the calls themselves may hold twice as much, and so may watches.
   */
  private static final long ROOM = Runtime.getRuntime().maxMemory() / 8;

  private final ServerConfig config;
  private final DataDir dataDir;
  private final Lifeline lifeline;
  private final Closer closer = new Closer();
  private volatile boolean ready;
  private boolean closed;

  private Server(ServerConfig config, Lifeline lifeline) {
    this.config = config;
    this.lifeline = lifeline;
    this.dataDir = new DataDir(config.dataDir());
  }

  /**
   * What a started node tells its operator.
   *
   * @param httpPort empty where no Envoy was started
   * @param newKey the first key, when this start made it
   */
  record Started(
      Server server,
      Optional<Integer> httpPort,
      int grpcPort,
      int opsPort,
      Optional<String> newKey) {}

  /**
   * Starts a node; returns once it takes calls and makes callbacks.
   *
   * @param lifeline is cut when a part has ended without which the node is of no use
   * @throws LaunchException with a sentence for the operator
   */
  static Started start(ServerConfig config, Lifeline lifeline) throws IOException {
    Server server = new Server(config, lifeline);
    try {
      return server.start();
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private Started start() throws IOException {
    dataDir.create();
    DatabaseUrl url = config.databaseUrl().orElseGet(this::embeddedDatabase);
    // Not before: the embedded database's lock tells whether another server has the folder.
    closer.add(dataDir.announce(ProcessHandle.current().pid()));
    Database ofCreates = closer.add(Database.open(url, Database.SCHEMA, CREATE_CONNECTIONS));
    Database ofEngine = closer.add(ofCreates.besideForThePatient(ENGINE_CONNECTIONS));
    DatabaseClock clock = new DatabaseClock(ofEngine);
    Upkeep upkeep =
        new Upkeep(
            ofEngine,
            clock,
            new Partitions.Retention(config.attemptRetention(), config.eventRetention()));
    Projects projects = new Projects(ofCreates);
    Optional<String> newKey = projects.bootstrap(config.apiKey());
    if (newKey.isPresent()) {
      dataDir.keepKey(newKey.get());
    }
    upkeep.prepare();

    Rescue rescue = new Rescue(ofEngine);
    Membership membership =
        closer.add(new Membership(new Nodes(ofEngine), rescue, clock, config.nodeId()));
    // Before the engine, and so closed after it: while the node drains, it says that it is not
    // ready.
    OpsServer ops = ops(membership);
    Signal signal = new Signal();
    Wakeups wakeups = closer.add(new Wakeups(url, signal, membership::isAlone));
    IdSource ids = new IdSource(clock, () -> ThreadLocalRandom.current().nextLong());

    OwnPorts ownPorts = ownPorts(url, ops);
    HttpCaller caller =
        closer.add(
            new HttpCaller(
                AddressGuard.parse(String.join(",", config.callbackAllow())),
                ownPorts,
                config.callSlots(),
                Version.TEXT));
    closer.add(
        new Engine(
            new EngineStore(
                new Claims(ofEngine),
                new Finishes(ofEngine, ids),
                new SigningSecrets(ofEngine),
                rescue,
                clock,
                signal),
            membership,
            caller,
            new Engine.Limits(config.callSlots(), ROOM, config.drainGrace())));
    everyHour(upkeep);

    Creates creates = closer.add(new Creates(ofCreates, ids, clock, wakeups));
    Database ofCalls = closer.add(ofCreates.beside(CALL_CONNECTIONS));
    Turns turns = new Turns(new Turns.Limits(CALL_CONNECTIONS, ROOM, WAITING_CALLS, LONGEST_WAIT));
    Database ofWatchers = closer.add(ofCreates.beside(Past.READERS + 1));
    Events events = new Events(ofWatchers);
    Feed feed = closer.add(new Feed(events, ofCreates.happened(), membership::isAlone, 2 * ROOM));
    Reads reads = new Reads(turns);
    var watches = new Watches(feed, new Jobs(ofWatchers), new Standings(ofWatchers), events, clock);
    Jobs jobs = new Jobs(ofCalls);
    var creations = new CreationReader(defaults(), config.maxBodyBytes(), clock);
    var awaits = new AwaitCalls(watches, jobs, reads);
    GrpcServer grpc =
        grpc(
            new Services(
                new JobApi(
                    new CreateCalls(creations, creates, jobs, reads, awaits),
                    new LookUpCalls(jobs, new Executions(ofCalls), new Attempts(ofCalls), reads),
                    new ActionCalls(new Actions(ofCalls), reads),
                    awaits,
                    new WatchCalls(watches)),
                new EventStreamApi(watches),
                new SigningSecretApi(new SigningSecrets(ofCalls), reads)),
            creations,
            projects);
    ownPorts.add(grpc.port());
    Optional<EnvoyProcess> envoy =
        config.envoy() ? Optional.of(envoy(grpc, ops.port())) : Optional.empty();
    // Closed first of all too: Envoy waits for the calls that run, and watches don't end by
    // themselves.
    closer.add(feed);
    envoy.ifPresent(running -> running.died().thenRun(() -> lifeline.cut("Envoy")));
    ready = true;
    return new Started(this, envoy.map(EnvoyProcess::httpPort), grpc.port(), ops.port(), newKey);
  }

  private DatabaseUrl embeddedDatabase() {
    return url(closer.add(EmbeddedPostgres.start(dataDir.path())).address());
  }

  /** How to reach the embedded database. */
  static DatabaseUrl url(PostgresAddress address) {
    return new DatabaseUrl(
        address.jdbcUrl(), Optional.of(address.user()), Optional.of(address.password()));
  }

  private void everyHour(Upkeep upkeep) {
    Thread thread = Thread.ofPlatform().name("upkeep").daemon().start(() -> everyHour(upkeep::run));
    closer.add(thread::interrupt);
  }

  private static void everyHour(Runnable upkeep) {
    try {
      while (true) {
        try {
          upkeep.run();
        } catch (RuntimeException e) {
          // Tried again in an hour; partitions are made days ahead.
          log.atWarn().setCause(e).log("upkeep failed");
        }
        TimeUnit.HOURS.sleep(1);
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  /** The ports that are known before the first call; a gRPC port that the system picks follows. */
  private OwnPorts ownPorts(DatabaseUrl database, OpsServer ops) {
    OwnPorts own = new OwnPorts();
    own.add(ops.port());
    own.add(config.grpcPort());
    database.servers().forEach(server -> own.add(server.getHostString(), server.getPort()));
    return own;
  }

  private OpsServer ops(Membership membership) {
    try {
      return closer.add(
          new OpsServer(
              new InetSocketAddress(opsAddress(), config.opsPort()),
              () -> ready && !lifeline.isCut() && membership.isHeard()));
    } catch (IOException e) {
      throw cantListen("OPS", config.opsBindAddress(), config.opsPort(), e);
    }
  }

  private GrpcServer grpc(Services services, RequestCheck check, Projects projects) {
    InetAddress address = grpcAddress();
    if (!address.isLoopbackAddress()) {
      log.atWarn()
          .addKeyValue("address", address.getHostAddress())
          .log(
              "RINGBACK_GRPC_BIND_ADDRESS opens the gRPC port, which has no TLS: keys and bodies"
                  + " cross the network as they are");
    }
    try {
      return closer.add(
          new GrpcServer(
              new InetSocketAddress(address, config.grpcPort()),
              services,
              check,
              projects,
              2 * ROOM));
    } catch (IOException e) {
      throw cantListen("GRPC", config.grpcBindAddress(), config.grpcPort(), e);
    }
  }

  private JobDefaults defaults() {
    return JobDefaults.of(
        config.retryMinBackoff(), config.retryMaxBackoff(), config.attemptDeadline());
  }

  private EnvoyProcess envoy(GrpcServer grpc, int opsPort) {
    var settings =
        new EnvoyProcess.Settings(
            Optional.empty(),
            resolved("RINGBACK_BIND_ADDRESS", config.bindAddress()).getHostAddress(),
            config.httpPort(),
            new InetSocketAddress(grpcAddress(), grpc.port()),
            new InetSocketAddress(opsAddress(), opsPort),
            grpc.routes(),
            config.corsOrigins());
    return closer.add(EnvoyProcess.start(settings, dataDir.path()));
  }

  private InetAddress grpcAddress() {
    return resolved("RINGBACK_GRPC_BIND_ADDRESS", config.grpcBindAddress());
  }

  private InetAddress opsAddress() {
    return resolved("RINGBACK_OPS_BIND_ADDRESS", config.opsBindAddress());
  }

  private static InetAddress resolved(String setting, String address) {
    try {
      return InetAddress.getByName(address);
    } catch (UnknownHostException e) {
      throw new LaunchException(
          "%s must be an IP address of this machine, or a name of one: nobody knows %s"
              .formatted(setting, address),
          e);
    }
  }

  private static LaunchException cantListen(
      String name, String address, int port, IOException cause) {
    return new LaunchException(
        ("can't listen on %s port %d (%s): set RINGBACK_%s_PORT to a free port, or to 0 for any,"
                + " and RINGBACK_%s_BIND_ADDRESS to an address of this machine")
            .formatted(address, port, cause.getMessage(), name, name),
        cause);
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
