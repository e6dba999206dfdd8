package dev.ringback.server.launch;

import com.google.api.HttpBody;
import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.ringback.v1.CancelJobRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.ListJobsResponse;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What stands behind Envoy in its tests: answers at once, and shows what arrived. */
final class FakeJobService extends JobServiceGrpc.JobServiceImplBase implements AutoCloseable {
  private final AtomicReference<@Nullable Metadata> headers = new AtomicReference<>();
  private final AtomicReference<@Nullable Object> request = new AtomicReference<>();
  private final HealthStatusManager health = new HealthStatusManager();
  private final Server server;

  FakeJobService() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .maxInboundMessageSize(9 << 20)
            .maxInboundMetadataSize(128 << 10)
            .addService(this)
            .addService(health.getHealthService())
            .intercept(new Recorder())
            .build()
            .start();
    serve(true);
  }

  int port() {
    return server.getPort();
  }

  /** What the health service says from now on. */
  void serve(boolean serving) {
    health.setStatus(
        JobServiceGrpc.SERVICE_NAME, serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  }

  /** The values of a header of the last call, joined; empty when it had none. */
  String header(String name) {
    Iterable<String> values =
        Objects.requireNonNull(headers.get())
            .getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    return values == null ? "" : String.join(" + ", values);
  }

  <T> T request(Class<T> type) {
    return type.cast(Objects.requireNonNull(request.get()));
  }

  @Override
  public void createJob(CreateJobRequest request, StreamObserver<Job> answer) {
    answer(request, answer, Job.newBuilder().setId("job_1").setUrl(request.getUrl()).build());
  }

  @Override
  public void fetch(HttpBody request, StreamObserver<Job> answer) {
    answer(request, answer, Job.newBuilder().setId("job_2").build());
  }

  @Override
  public void cancelJob(CancelJobRequest request, StreamObserver<Job> answer) {
    answer(request, answer, Job.newBuilder().setId(request.getId()).build());
  }

  @Override
  public void listJobs(ListJobsRequest request, StreamObserver<ListJobsResponse> answer) {
    answer(request, answer, ListJobsResponse.getDefaultInstance());
  }

  @Override
  public void getJob(GetJobRequest request, StreamObserver<Job> answer) {
    if (!request.getId().equals("missing")) {
      answer(request, answer, Job.newBuilder().setId(request.getId()).build());
      return;
    }
    ErrorInfo info =
        ErrorInfo.newBuilder().setReason("JOB_NOT_FOUND").setDomain("ringback.dev").build();
    BadRequest violations =
        BadRequest.newBuilder()
            .addFieldViolations(
                BadRequest.FieldViolation.newBuilder().setField("id").setDescription("is wrong"))
            .build();
    answer.onError(
        StatusProto.toStatusRuntimeException(
            Status.newBuilder()
                .setCode(Code.NOT_FOUND_VALUE)
                .setMessage("there is no job \"missing\"")
                .addDetails(Any.pack(info))
                .addDetails(Any.pack(violations))
                .build()));
  }

  private <T> void answer(Object asked, StreamObserver<T> answer, T value) {
    request.set(asked);
    answer.onNext(value);
    answer.onCompleted();
  }

  @Override
  public void close() throws InterruptedException {
    server.shutdownNow().awaitTermination();
  }

  /** Keeps the headers of calls, and gives creates the ones that only REST cares for. */
  private final class Recorder implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata received, ServerCallHandler<Q, A> next) {
      String method = Objects.requireNonNull(call.getMethodDescriptor().getBareMethodName());
      if (!method.equals("Check")) {
        headers.set(received);
      }
      return next.startCall(
          new SimpleForwardingServerCall<Q, A>(call) {
            @Override
            public void sendHeaders(Metadata sent) {
              if (method.equals("CreateJob")) {
                put(sent, "x-http-status", "201");
                put(sent, "location", "/v1/jobs/job_1");
              }
              super.sendHeaders(sent);
            }
          },
          received);
    }

    private static void put(Metadata headers, String name, String value) {
      headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    }
  }
}
