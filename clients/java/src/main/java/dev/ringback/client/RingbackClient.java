package dev.ringback.client;

import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.JobServiceGrpc.JobServiceBlockingStub;
import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * A connection to Ringback.
 *
 * <pre>{@code
 * try (var ringback = RingbackClient.connect("http://localhost:8080", apiKey)) {
 *   Job job = ringback.jobs().createJob(CreateJobRequest.newBuilder()
 *       .setUrl("https://example.com/api/send-reminder")
 *       .setDelay("24h")
 *       .build());
 * }
 * }</pre>
 *
 * <p>Thread-safe; make one and share it.
 */
public final class RingbackClient implements AutoCloseable {
  /** How long a call may take: 30 seconds. */
  public static final Duration DEADLINE = Duration.ofSeconds(30);

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final ManagedChannel channel;
  private final JobServiceBlockingStub jobs;

  private RingbackClient(ManagedChannel channel, CallCredentials credentials) {
    this.channel = channel;
    this.jobs = JobServiceGrpc.newBlockingStub(channel).withCallCredentials(credentials);
  }

  /**
   * Opens a connection; it is made with the first call, and made again when it breaks.
   *
   * @param endpoint where Ringback listens: {@code http://host:port}, or {@code https://host:port}
   *     with TLS
   * @param apiKey a key of the project
   * @throws IllegalArgumentException when the endpoint is neither
   */
  public static RingbackClient connect(String endpoint, String apiKey) {
    URI uri = URI.create(endpoint);
    boolean tls = "https".equals(uri.getScheme());
    if (uri.getHost() == null || !(tls || "http".equals(uri.getScheme()))) {
      throw new IllegalArgumentException("endpoint must be http://host:port or https://host:port");
    }
    int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
    NettyChannelBuilder channel = NettyChannelBuilder.forAddress(uri.getHost(), port);
    if (!tls) {
      channel.usePlaintext();
    }
    return new RingbackClient(channel.maxInboundMessageSize(32 << 20).build(), bearer(apiKey));
  }

  /**
   * Jobs: create, get, list, cancel, and their history. Calls fail with {@link
   * io.grpc.StatusRuntimeException}.
   */
  public JobServiceBlockingStub jobs() {
    return jobs.withDeadlineAfter(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * The same for calls that may last: watches, and waits for the end of jobs. They have no
   * deadline.
   */
  public JobServiceBlockingStub lastingJobs() {
    return jobs;
  }

  private static CallCredentials bearer(String apiKey) {
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + apiKey);
    return new CallCredentials() {
      @Override
      public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier apply) {
        apply.apply(headers);
      }
    };
  }

  /** Ends the calls that run, and the connection. */
  @Override
  public void close() {
    channel.shutdownNow();
  }
}
