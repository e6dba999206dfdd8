package dev.ringback.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import dev.ringback.gateway.v1.GatewayServiceGrpc;
import dev.ringback.gateway.v1.GatewayServiceGrpc.GatewayServiceImplBase;
import dev.ringback.server.Await;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.Errors;
import dev.ringback.server.api.call.Holding;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is let in, before a service that counts bytes: as real gRPC clients see it. */
@Timeout(60)
class AdmissionTest {
  private static final Metadata.Key<String> PROJECT = CallContext.key("project");
  private static final long ROOM = 4 << 20;
  private static final int PART = 100_000;

  private final Admission admission = new Admission(Duration.ofSeconds(2));
  private final AtomicInteger came = new AtomicInteger();
  private Loopback loopback;

  @BeforeEach
  void start() throws Exception {
    loopback =
        new Loopback(server ->
            server
                .addService(new Counting())
                .addStreamTracerFactory(new Holding.Limits(ROOM))
                .intercept(new Errors())
                .intercept(admission)
                .intercept(new Projects()));
  }

  @AfterEach
  void stop() throws InterruptedException {
    loopback.close();
    admission.close();
  }

  /** Whoever says a project's number has its key. */
  private static final class Projects implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      String project = headers.get(PROJECT);
      if (project == null) {
        return next.startCall(call, headers);
      }
      var context = new CallContext(Integer.parseInt(project), headers, new Metadata());
      return Contexts.interceptCall(context.attach(), call, headers, next);
    }
  }

  /** Answers with the length of what has come. */
  private final class Counting extends GatewayServiceImplBase {
    @Override
    public StreamObserver<HttpBody> call(StreamObserver<HttpBody> answer) {
      return new StreamObserver<>() {
        private int length;

        @Override
        public void onNext(HttpBody part) {
          length += part.getData().size();
          came.addAndGet(part.getData().size());
        }

        @Override
        public void onError(Throwable gone) {}

        @Override
        public void onCompleted() {
          answer.onNext(HttpBody.newBuilder().setContentType("" + length).build());
          answer.onCompleted();
        }
      };
    }
  }

  /** A call that has been begun. */
  private final class Call implements StreamObserver<HttpBody> {
    private final StreamObserver<HttpBody> upload;
    private final CompletableFuture<Status> ended = new CompletableFuture<>();
    private volatile String length = "";

    private Call(Metadata headers) {
      upload =
          GatewayServiceGrpc.newStub(loopback.channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
              .call(this);
    }

    Call send(int bytes) {
      for (int sent = 0; sent < bytes && !ended.isDone(); sent += PART) {
        upload.onNext(
            HttpBody.newBuilder()
                .setData(ByteString.copyFrom(new byte[Math.min(PART, bytes - sent)]))
                .build());
      }
      return this;
    }

    Call complete() {
      upload.onCompleted();
      return this;
    }

    Status.Code end() throws Exception {
      return ended.get(20, TimeUnit.SECONDS).getCode();
    }

    @Override
    public void onNext(HttpBody answer) {
      length = answer.getContentType();
    }

    @Override
    public void onError(Throwable e) {
      ended.complete(Status.fromThrowable(e));
    }

    @Override
    public void onCompleted() {
      ended.complete(Status.OK);
    }
  }

  private Call stranger() {
    return new Call(new Metadata());
  }

  private Call of(int project) {
    Metadata headers = new Metadata();
    headers.put(PROJECT, Integer.toString(project));
    return new Call(headers);
  }

  @Test
  void aRequestThatDoesNotComeIsEnded() throws Exception {
    assertThat(of(1).send(10).end()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(stranger().end()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    Call whole = of(1).send(10).complete();
    assertThat(whole.end()).isEqualTo(Status.Code.OK);
    assertThat(whole.length).isEqualTo("10");
  }

  @Test
  void aProjectHoldsItsPartOfTheBytesAndLeavesTheOthersTheirs() throws Exception {
    Call large = of(1).send(2_600_000);
    Await.until("it has come", () -> came.get() == 2_600_000);
    assertThat(of(1).send(1 << 20).end()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    Call other = of(2).send(400_000).complete();
    assertThat(other.end()).isEqualTo(Status.Code.OK);
    large.complete().end();
    // What was held has been given back.
    Await.until("there is room again", () -> succeeds(of(1).send(2 << 20).complete()));
  }

  private static boolean succeeds(Call call) {
    try {
      return call.end() == Status.Code.OK;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aStrangerSendsNoMoreThanANameTakes() throws Exception {
    assertThat(stranger().send(60_000).complete().end()).isEqualTo(Status.Code.OK);
    assertThat(stranger().send(200_000).end()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void oneMoreStrangerEndsTheOldest() throws Exception {
    List<Call> open = new ArrayList<>();
    for (int i = 0; i < 2 * Admission.MAX_STRANGERS; i++) {
      open.add(stranger());
    }
    assertThat(stranger().complete().end()).as("the newest").isEqualTo(Status.Code.OK);
    for (Call each : open.subList(0, Admission.MAX_STRANGERS)) {
      assertThat(each.end()).isIn(Status.Code.RESOURCE_EXHAUSTED, Status.Code.DEADLINE_EXCEEDED);
    }
    assertThat(of(1).complete().end()).as("with a key").isEqualTo(Status.Code.OK);
  }
}
