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
import dev.ringback.server.config.Listen;
import dev.ringback.server.config.ServerConfig;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.Turns;
import dev.ringback.server.store.job.Actions;
import dev.ringback.server.store.job.Attempts;
import dev.ringback.server.store.job.Creates;
import dev.ringback.server.store.job.Executions;
import dev.ringback.server.store.job.Jobs;
import dev.ringback.server.store.tenant.Keys;
import dev.ringback.server.store.tenant.SigningSecrets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What answers calls. */
record ApiParts(GrpcServer grpc, WatchParts watching) {
  private static final Logger log = LoggerFactory.getLogger(ApiParts.class);

  /** For all calls but creates; they have their turns. */
  private static final int CALL_CONNECTIONS = 6;

  /** How many of these may wait, and for how long: less than a call may take. */
  private static final int WAITING_CALLS = 1_000;

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(4);

  static ApiParts start(ServerConfig config, StoreParts store, NodeParts node, Closer closer) {
    Creates writer =
        closer.add(new Creates(store.forCreates(), store.ids(), store.clock(), node.wakeups()));
    Database database = closer.add(store.forCreates().beside(CALL_CONNECTIONS));
    Reads reads =
        new Reads(
            new Turns(
                new Turns.Limits(CALL_CONNECTIONS, Memory.READS, WAITING_CALLS, LONGEST_WAIT)));
    WatchParts watching = WatchParts.start(store, node, closer);
    var asked = config.creates();
    var creations = new CreationReader(asked.defaults(), asked.maxBodyBytes(), store.clock());
    Services services =
        new Services(
            jobs(creations, writer, database, watching.watches(), reads),
            new EventStreamApi(watching.watches()),
            new SigningSecretApi(new SigningSecrets(database), reads));
    GrpcServer grpc = listen(config.listen(), services, creations, store.keys(), closer);
    return new ApiParts(grpc, watching);
  }

  private static JobApi jobs(
      CreationReader creations, Creates writer, Database database, Watches watches, Reads reads) {
    Jobs jobs = new Jobs(database);
    var awaits = new AwaitCalls(watches, jobs, reads);
    return new JobApi(
        new CreateCalls(creations, writer, jobs, reads, awaits),
        new LookUpCalls(jobs, new Executions(database), new Attempts(database), reads),
        new ActionCalls(new Actions(database), reads),
        awaits,
        new WatchCalls(watches));
  }

  private static GrpcServer listen(
      Listen listen, Services services, RequestCheck check, Keys keys, Closer closer) {
    InetAddress address = Listening.grpc(listen);
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
              new InetSocketAddress(address, listen.grpc().port()),
              services,
              check,
              keys,
              Memory.CALLS));
    } catch (IOException e) {
      throw Listening.refused("GRPC", listen.grpc(), e);
    }
  }
}
