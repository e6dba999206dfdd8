package dev.ringback.server.api;

import dev.ringback.server.api.call.Reads;
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
import dev.ringback.server.job.JobDefaults;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.db.Turns;
import dev.ringback.server.watch.FeedReader;
import dev.ringback.server.watch.Past;
import dev.ringback.server.watch.Seats;
import dev.ringback.server.watch.States;
import dev.ringback.server.watch.Subscribers;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The API before a store, without an engine, and a connection to it. */
public final class GrpcFixture implements AfterEachCallback {
  private static final long ROOM = 64 << 20;
  private static final Duration DEFAULT = Duration.ofSeconds(10);

  public final Subscribers subscribers = new Subscribers(ROOM / 4);
  public final ManagedChannel channel;
  private final FeedReader reader;
  private final GrpcServer server;
  private final StoreFixture store;

  public GrpcFixture(StoreFixture store) {
    this.store = store;
    InetAddress loopback = InetAddress.getLoopbackAddress();
    Past past = new Past(store.events, ROOM / 2);
    reader = new FeedReader(store.events, past, subscribers, store.database.happened(), () -> true);
    var states = new States(past, store.jobs, store.standings, store.events);
    var watches = new Watches(subscribers, past, new Seats(ROOM, ROOM / 4), states, store.clock);
    Reads reads = new Reads(new Turns(new Turns.Limits(6, 64 << 20, 100, Duration.ofSeconds(4))));
    var creations =
        new CreationReader(JobDefaults.of(DEFAULT, DEFAULT, DEFAULT), 1_000, store.clock);
    var awaits = new AwaitCalls(watches, store.jobs, reads);
    var services =
        new Services(
            new JobApi(
                new CreateCalls(creations, store.creates, store.jobs, reads, awaits),
                new LookUpCalls(store.jobs, store.executions, store.attempts, reads),
                new ActionCalls(store.actions, reads),
                awaits,
                new WatchCalls(watches)),
            new EventStreamApi(watches),
            new SigningSecretApi(store.signingSecrets, reads));
    try {
      server =
          new GrpcServer(new InetSocketAddress(loopback, 0), services, creations, store.keys, ROOM);
    } catch (IOException e) {
      throw new IllegalStateException("no port to listen at", e);
    }
    channel =
        NettyChannelBuilder.forAddress(new InetSocketAddress(loopback, server.port()))
            .usePlaintext()
            .build();
  }

  /** What a caller of the first project sends with each call. */
  public Metadata credentials() {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + store.keys.create("default"));
    return headers;
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    reader.close();
    subscribers.close();
    server.close();
  }
}
