package dev.ringback.server.api;

import dev.ringback.server.api.call.Errors;
import dev.ringback.server.api.call.Holding;
import dev.ringback.server.api.call.RequestCheck;
import dev.ringback.server.store.tenant.Keys;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** The gRPC server with all its services. */
public final class GrpcServer implements AutoCloseable {
  /** A batch of jobs with large bodies, and what stands around it. */
  static final int MAX_MESSAGE_BYTES = 9 << 20;

  private static final int MAX_METADATA_BYTES = 128 << 10;

  /** Of one connection. A watch is a call for as long as it lasts. */
  private static final int MAX_CALLS = 20_000;

  /**
   * These write what callers do wrong on a connection into the log, each with a stack trace, at
   * levels that nothing else of them has. Held here, so that they keep the level that they get.
   */
  private static final List<Logger> WRONG_FRAMES =
      List.of(
          Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler"),
          Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerTransport.connections"),
          Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerTransport"));

  private final HealthStatusManager health = new HealthStatusManager();
  private final Patience patience = new Patience(Patience.LIMIT);
  private final Admission admission = new Admission(Admission.UPLOAD);
  private final ApiKeys apiKeys;
  private final Map<String, String> routes;
  private final Server server;

  /**
   * Starts to take calls.
   *
   * @param check of requests that could not be read as a whole
   * @param keys open the door
   * @param room how many bytes all calls together may hold, see {@link Holding}
   * @throws IOException when the address can't be bound
   */
  @SuppressWarnings("deprecation") // Many tools ask for reflection by its older name alone.
  public GrpcServer(
      InetSocketAddress address, Services services, RequestCheck check, Keys keys, long room)
      throws IOException {
    WRONG_FRAMES.forEach(log -> log.setLevel(Level.SEVERE));
    List<ServerServiceDefinition> definitions = bind(services.all());
    routes = Routes.of(definitions);
    apiKeys = new ApiKeys(keys, System::nanoTime);
    definitions.forEach(service ->
        health.setStatus(service.getServiceDescriptor().getName(), ServingStatus.SERVING));
    List<ServerServiceDefinition> besides =
        bind(
            List.of(
                new Gateway(check),
                health.getHealthService(),
                ProtoReflectionServiceV1.newInstance(),
                ProtoReflectionService.newInstance()));
    server =
        NettyServerBuilder.forAddress(address)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .maxConcurrentCallsPerConnection(MAX_CALLS)
            .handshakeTimeout(10, TimeUnit.SECONDS)
            .maxConnectionIdle(5, TimeUnit.MINUTES)
            // Finds out about watchers that vanished without a word.
            .keepAliveTime(30, TimeUnit.SECONDS)
            .keepAliveTimeout(10, TimeUnit.SECONDS)
            .permitKeepAliveTime(10, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addServices(
                Stream.concat(definitions.stream(), besides.stream()).map(Parsing::last).toList())
            .addStreamTracerFactory(new Holding.Limits(room))
            // The last is the outermost.
            .intercept(new Parsing())
            .intercept(new Errors())
            .intercept(new Revocation(apiKeys))
            .intercept(admission)
            .intercept(apiKeys)
            .intercept(new Gateway.Finder(new Bindings(definitions)))
            .intercept(patience)
            .build()
            .start();
  }

  private static List<ServerServiceDefinition> bind(List<? extends BindableService> services) {
    return services.stream().map(BindableService::bindService).toList();
  }

  /** What Envoy's routes have to know of the services, see {@link Routes}. */
  public Map<String, String> routes() {
    return routes;
  }

  /** The port, also where 0 was asked for. */
  public int port() {
    return server.getPort();
  }

  /** Tells those who look that no new calls should come. Calls are still taken. */
  private void announceStop() {
    health.enterTerminalState();
  }

  /** Lets the calls that run end, for a while, and takes no new ones. */
  @Override
  public void close() throws InterruptedException {
    announceStop();
    server.shutdown();
    if (!server.awaitTermination(5, TimeUnit.SECONDS)) {
      server.shutdownNow();
      server.awaitTermination(5, TimeUnit.SECONDS);
    }
    patience.close();
    admission.close();
    apiKeys.close();
  }
}
