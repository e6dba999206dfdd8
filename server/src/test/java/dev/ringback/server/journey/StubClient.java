package dev.ringback.server.journey;

import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.JobServiceGrpc.JobServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.TimeUnit;

/**
 * The generated stubs, for tests of the server itself: nothing is repeated or resumed behind them.
 *
 * <p>Thread-safe.
 */
final class StubClient implements AutoCloseable {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final ManagedChannel channel;
  private final Metadata headers;

  private StubClient(ManagedChannel channel, String apiKey) {
    this.channel = channel;
    this.headers = headers(apiKey);
  }

  /** The metadata that each call with a key needs. */
  static Metadata headers(String apiKey) {
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + apiKey);
    return headers;
  }

  /** Opens a connection to {@code http://host:port}. */
  static StubClient connect(String endpoint, String apiKey) {
    var channel =
        NettyChannelBuilder.forTarget(endpoint.substring("http://".length()))
            .usePlaintext()
            .maxInboundMessageSize(32 << 20)
            .build();
    return new StubClient(channel, apiKey);
  }

  ManagedChannel channel() {
    return channel;
  }

  /** Calls that take no longer than 30 seconds. */
  JobServiceBlockingStub jobs() {
    return lastingJobs().withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  /** Calls that may last: watches, and waits for the end of jobs. */
  JobServiceBlockingStub lastingJobs() {
    return JobServiceGrpc.newBlockingStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** Ends the calls that run, and the connection. */
  @Override
  public void close() {
    channel.shutdownNow();
  }
}
