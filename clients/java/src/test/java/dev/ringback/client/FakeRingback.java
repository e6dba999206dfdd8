package dev.ringback.client;

import com.google.api.HttpBody;
import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.ringback.v1.AwaitJobRequest;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.BatchCreateJobsResponse;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.Execution;
import dev.ringback.v1.GetExecutionRequest;
import dev.ringback.v1.JobServiceGrpc.JobServiceImplBase;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.ListJobsResponse;
import dev.ringback.v1.ListSigningSecretsRequest;
import dev.ringback.v1.ListSigningSecretsResponse;
import dev.ringback.v1.RotateSigningSecretRequest;
import dev.ringback.v1.SigningSecretServiceGrpc.SigningSecretServiceImplBase;
import dev.ringback.v1.WatchJobRequest;
import dev.ringback.v1.WatchMessage;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;

/** A server that answers as a test says, and keeps what it was asked. */
final class FakeRingback implements AutoCloseable {
  final List<Object> requests = new CopyOnWriteArrayList<>();
  final List<Metadata> headers = new CopyOnWriteArrayList<>();

  /** Answers calls; may throw a StatusRuntimeException. */
  volatile Function<Object, Object> answer =
      request -> {
        throw Status.UNIMPLEMENTED.asRuntimeException();
      };

  /** Answers watches. */
  volatile Consumer<StreamObserver<WatchMessage>> watch = StreamObserver::onCompleted;

  private final Server server;

  FakeRingback() throws IOException {
    this(0);
  }

  FakeRingback(int port) throws IOException {
    this(port, InsecureServerCredentials.create());
  }

  FakeRingback(ServerCredentials credentials) throws IOException {
    this(0, credentials);
  }

  private FakeRingback(int port, ServerCredentials credentials) throws IOException {
    server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port), credentials)
            .addService(new Jobs())
            .addService(new Secrets())
            .intercept(new Listening())
            .build()
            .start();
  }

  int port() {
    return server.getPort();
  }

  RingbackClient.Builder client() {
    return client(port());
  }

  static RingbackClient.Builder client(int port) {
    return RingbackClient.builder().endpoint("http://127.0.0.1:" + port).apiKey("rb_sk_test");
  }

  String header(int call, String name) {
    String value = headers.get(call).get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    return value == null ? "" : value;
  }

  /** An error as Ringback tells it. */
  static StatusRuntimeException refusal(
      Status.Code code, String reason, Map<String, String> metadata, String... fields) {
    BadRequest.Builder bad = BadRequest.newBuilder();
    for (String field : fields) {
      bad.addFieldViolationsBuilder().setField(field).setDescription("must be right");
    }
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .setMessage("what is wrong")
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain("ringback.dev")
                        .setReason(reason)
                        .putAllMetadata(metadata)
                        .build()))
            .addDetails(Any.pack(bad.build()))
            .build());
  }

  /** The same with a time to wait. */
  static StatusRuntimeException limited(String retryAfter) {
    StatusRuntimeException refusal =
        refusal(Status.Code.RESOURCE_EXHAUSTED, "PROJECT_LIMIT", Map.of());
    Metadata trailers = Objects.requireNonNull(refusal.getTrailers());
    trailers.put(Metadata.Key.of("retry-after", Metadata.ASCII_STRING_MARSHALLER), retryAfter);
    return new StatusRuntimeException(refusal.getStatus(), trailers);
  }

  static dev.ringback.v1.Job job(String id, dev.ringback.v1.Job.Status status) {
    return dev.ringback.v1.Job.newBuilder().setId(id).setStatus(status).build();
  }

  @SuppressWarnings("unchecked")
  private <A> void answer(Object request, StreamObserver<A> observer) {
    requests.add(request);
    try {
      observer.onNext((A) answer.apply(request));
      observer.onCompleted();
    } catch (StatusRuntimeException e) {
      observer.onError(e);
    }
  }

  private final class Jobs extends JobServiceImplBase {
    @Override
    public void createJob(CreateJobRequest request, StreamObserver<dev.ringback.v1.Job> answer) {
      answer(request, answer);
    }

    @Override
    public void batchCreateJobs(
        BatchCreateJobsRequest request, StreamObserver<BatchCreateJobsResponse> answer) {
      answer(request, answer);
    }

    @Override
    public void fetch(HttpBody request, StreamObserver<dev.ringback.v1.Job> answer) {
      answer(request, answer);
    }

    @Override
    public void awaitJob(AwaitJobRequest request, StreamObserver<dev.ringback.v1.Job> answer) {
      answer(request, answer);
    }

    @Override
    public void listJobs(ListJobsRequest request, StreamObserver<ListJobsResponse> answer) {
      answer(request, answer);
    }

    @Override
    public void getExecution(GetExecutionRequest request, StreamObserver<Execution> answer) {
      answer(request, answer);
    }

    @Override
    public void watchJob(WatchJobRequest request, StreamObserver<WatchMessage> answer) {
      requests.add(request);
      watch.accept(answer);
    }
  }

  private final class Secrets extends SigningSecretServiceImplBase {
    @Override
    public void listSigningSecrets(
        ListSigningSecretsRequest request, StreamObserver<ListSigningSecretsResponse> answer) {
      answer(request, answer);
    }

    @Override
    public void rotateSigningSecret(
        RotateSigningSecretRequest request, StreamObserver<dev.ringback.v1.SigningSecret> answer) {
      answer(request, answer);
    }
  }

  private final class Listening implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata metadata, ServerCallHandler<Q, A> next) {
      headers.add(metadata);
      return next.startCall(call, metadata);
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
