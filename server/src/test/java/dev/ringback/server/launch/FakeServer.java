package dev.ringback.server.launch;

import com.google.api.HttpBody;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import com.sun.net.httpserver.HttpServer;
import dev.ringback.gateway.v1.GatewayServiceGrpc.GatewayServiceImplBase;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.JobServiceGrpc;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What stands behind Envoy in its tests: answers at once, and shows what arrived. */
final class FakeServer implements AutoCloseable {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final AtomicReference<@Nullable Metadata> headers = new AtomicReference<>();
  private volatile HttpBody arrived = HttpBody.getDefaultInstance();
  private final Server server;
  private final HttpServer ops;
  private volatile boolean ready = true;

  FakeServer() throws IOException {
    server =
        NettyServerBuilder.forAddress(ANY_PORT)
            .maxInboundMessageSize(9 << 20)
            .maxInboundMetadataSize(128 << 10)
            .addService(new Jobs())
            .addService(new Gateway())
            .intercept(new Recorder())
            .build()
            .start();
    ops = HttpServer.create(ANY_PORT, 0);
    ops.createContext(
        "/readyz",
        call -> {
          call.sendResponseHeaders(ready ? 200 : 503, -1);
          call.close();
        });
    ops.start();
  }

  InetSocketAddress grpc() {
    return (InetSocketAddress) server.getListenSockets().getFirst();
  }

  InetSocketAddress ops() {
    return ops.getAddress();
  }

  /** Whether it says that it is ready, from now on. */
  void serve(boolean serving) {
    ready = serving;
  }

  /** The values of a header of the last call, joined; empty when it had none. */
  String header(String name) {
    Iterable<String> values =
        Objects.requireNonNull(headers.get())
            .getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    return values == null ? "" : String.join(" + ", values);
  }

  /** The names of the last call's headers. */
  Iterable<String> headerNames() {
    return Objects.requireNonNull(headers.get()).keys();
  }

  /** The body of the last REST call. */
  HttpBody arrived() {
    return arrived;
  }

  private static final class Jobs extends JobServiceGrpc.JobServiceImplBase {
    @Override
    public void createJob(CreateJobRequest request, StreamObserver<Job> answer) {
      answer.onNext(Job.newBuilder().setId("job_1").setUrl(request.getUrl()).build());
      answer.onCompleted();
    }

    @Override
    public void getJob(GetJobRequest request, StreamObserver<Job> answer) {
      if (request.getId().equals("missing")) {
        answer.onError(missing());
      } else {
        answer.onNext(Job.newBuilder().setId(request.getId()).build());
        answer.onCompleted();
      }
    }
  }

  private static RuntimeException missing() {
    ErrorInfo info =
        ErrorInfo.newBuilder().setReason("JOB_NOT_FOUND").setDomain("ringback.dev").build();
    BadRequest violations =
        BadRequest.newBuilder()
            .addFieldViolations(
                BadRequest.FieldViolation.newBuilder().setField("id").setDescription("is wrong"))
            .build();
    return StatusProto.toStatusRuntimeException(
        Status.newBuilder()
            .setCode(Code.NOT_FOUND_VALUE)
            .setMessage("there is no job \"missing\"")
            .addDetails(Any.pack(info))
            .addDetails(Any.pack(violations))
            .build());
  }

  /** Answers all but one path with a job. */
  private final class Gateway extends GatewayServiceImplBase {
    @Override
    public StreamObserver<HttpBody> call(StreamObserver<HttpBody> answer) {
      HttpBody.Builder body = HttpBody.newBuilder();
      return new StreamObserver<>() {
        @Override
        public void onNext(HttpBody part) {
          body.mergeFrom(part).setData(arrived.getData().concat(part.getData()));
          arrived = body.build();
        }

        @Override
        public void onError(Throwable gone) {}

        @Override
        public void onCompleted() {
          if (header("x-rest-path").endsWith("/missing")) {
            answer.onError(missing());
          } else {
            answer.onNext(
                HttpBody.newBuilder()
                    .setContentType("application/json")
                    .setData(ByteString.copyFromUtf8("{\"id\":\"job_1\"}"))
                    .build());
            answer.onCompleted();
          }
        }
      };
    }
  }

  @Override
  public void close() throws InterruptedException {
    ops.stop(0);
    server.shutdownNow().awaitTermination();
  }

  /** Keeps the headers of calls, and gives creates the ones that only REST cares for. */
  private final class Recorder implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata received, ServerCallHandler<Q, A> next) {
      headers.set(received);
      arrived = HttpBody.getDefaultInstance();
      boolean creates = header("x-rest-method").equals("POST");
      return next.startCall(
          new SimpleForwardingServerCall<Q, A>(call) {
            @Override
            public void sendHeaders(Metadata sent) {
              if (creates) {
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
