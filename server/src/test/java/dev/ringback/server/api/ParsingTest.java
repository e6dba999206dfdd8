package dev.ringback.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.EventStreamServiceGrpc;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.JobServiceGrpc;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.SigningSecretServiceGrpc;
import dev.ringback.v1.WatchJobsRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that no generated client would send, to the API as it is. */
@Timeout(60)
class ParsingTest {
  private static final ByteString BROKEN = ByteString.copyFrom(new byte[] {'a', (byte) 0xff});

  private static final RawBytes BYTES = new RawBytes();

  @RegisterExtension private final StoreFixture store = new StoreFixture();

  @RegisterExtension private final GrpcFixture grpc = new GrpcFixture(store);

  private final Logger log = Logger.getLogger("io.grpc");
  private final Logged logged = new Logged();

  private static final class Logged extends Handler {
    private final ConcurrentLinkedQueue<LogRecord> records = new ConcurrentLinkedQueue<>();

    @Override
    public void publish(LogRecord record) {
      records.add(record);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void listen() {
    log.addHandler(logged);
  }

  @AfterEach
  void writesNoneIntoTheLog() {
    log.removeHandler(logged);
    assertThat(logged.records).isEmpty();
  }

  private static Stream<MethodDescriptor<?, ?>> methods() {
    return Stream.of(
            JobServiceGrpc.getServiceDescriptor(),
            EventStreamServiceGrpc.getServiceDescriptor(),
            SigningSecretServiceGrpc.getServiceDescriptor(),
            HealthGrpc.getServiceDescriptor(),
            ServerReflectionGrpc.getServiceDescriptor())
        .map(ServiceDescriptor::getMethods)
        .flatMap(methods -> methods.stream());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void whatIsNoMessageIsTheCallersMistake(MethodDescriptor<?, ?> method) throws Exception {
    // Cut off within a field; a field of number 0.
    for (byte[] bytes : new byte[][] {{0x0a, 0x05, 'a'}, {0x00}, {(byte) 0xff}}) {
      BadRequest.FieldViolation violation = refused(method, bytes, CallOptions.DEFAULT);
      assertThat(violation.getField()).isEqualTo("request");
      assertThat(violation.getDescription()).startsWith("is not the bytes of a ");
    }
  }

  record Broken(MethodDescriptor<?, ?> method, ByteString message, String field) {}

  private static Stream<Broken> broken() {
    var job =
        new Object() {
          ByteString with(int field, ByteString value) {
            return CreateJobRequest.newBuilder()
                .setUrl("http://h/")
                .setUnknownFields(fields(field, value))
                .build()
                .toByteString();
          }
        };
    ByteString label = message(1, ByteString.copyFromUtf8("k")).concat(message(2, BROKEN));
    var create = JobServiceGrpc.getCreateJobMethod();
    return Stream.of(
        new Broken(create, job.with(CreateJobRequest.URL_FIELD_NUMBER, BROKEN), "url"),
        new Broken(create, job.with(CreateJobRequest.BODY_FIELD_NUMBER, BROKEN), "body"),
        new Broken(create, job.with(CreateJobRequest.LABELS_FIELD_NUMBER, label), "labels"),
        new Broken(
            create,
            job.with(CreateJobRequest.RETRY_POLICY_FIELD_NUMBER, message(2, BROKEN)),
            "retry_policy.max_backoff"),
        new Broken(
            JobServiceGrpc.getBatchCreateJobsMethod(),
            BatchCreateJobsRequest.newBuilder()
                .addRequests(CreateJobRequest.newBuilder().setUrl("http://h/"))
                .build()
                .toByteString()
                .concat(message(1, message(CreateJobRequest.CRON_FIELD_NUMBER, BROKEN))),
            "requests[1].cron"),
        new Broken(
            JobServiceGrpc.getFetchMethod(),
            message(HttpBody.CONTENT_TYPE_FIELD_NUMBER, BROKEN),
            "content-type"),
        new Broken(
            JobServiceGrpc.getGetJobMethod(), message(GetJobRequest.ID_FIELD_NUMBER, BROKEN), "id"),
        new Broken(
            JobServiceGrpc.getListJobsMethod(),
            ListJobsRequest.newBuilder()
                .addLabel("a=b")
                .build()
                .toByteString()
                .concat(message(ListJobsRequest.LABEL_FIELD_NUMBER, BROKEN)),
            "label"),
        new Broken(
            JobServiceGrpc.getWatchJobsMethod(),
            message(WatchJobsRequest.RESUME_TOKEN_FIELD_NUMBER, BROKEN),
            "resume_token"),
        new Broken(
            SigningSecretServiceGrpc.getRotateSigningSecretMethod(),
            message(1, BROKEN),
            "overlap"));
  }

  @ParameterizedTest
  @MethodSource("broken")
  void textThatIsNotUtf8IsToldByItsField(Broken broken) throws Exception {
    BadRequest.FieldViolation violation =
        refused(broken.method(), broken.message().toByteArray(), CallOptions.DEFAULT);
    assertThat(violation.getField()).isEqualTo(broken.field());
    assertThat(violation.getDescription()).isEqualTo("must be text in valid UTF-8");
  }

  @Test
  void aCallWithoutAMessageIsTheCallersMistake() throws Exception {
    var closed = new CompletableFuture<io.grpc.Status>();
    ClientCall<GetJobRequest, Job> call =
        grpc.channel.newCall(JobServiceGrpc.getGetJobMethod(), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(io.grpc.Status status, Metadata trailers) {
            closed.complete(status);
          }
        },
        grpc.credentials());
    call.request(1);
    call.halfClose();
    io.grpc.Status status = closed.get(20, TimeUnit.SECONDS);
    assertThat(status.getCode()).isEqualTo(io.grpc.Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).isEqualTo("request: is missing");
  }

  @Test
  void whatIsTooLargeOnceUnpackedIsRefused() throws Exception {
    BadRequest.FieldViolation violation =
        refused(
            JobServiceGrpc.getFetchMethod(),
            new byte[10 << 20],
            CallOptions.DEFAULT.withCompression("gzip"));
    assertThat(violation.getField()).isEqualTo("request");
    assertThat(violation.getDescription()).isEqualTo("must have at most 9 MiB");
  }

  @Test
  void whatIsAMessageIsAnsweredPackedOrNot() {
    for (CallOptions options :
        List.of(CallOptions.DEFAULT, CallOptions.DEFAULT.withCompression("gzip"))) {
      assertThat(call(JobServiceGrpc.getListJobsMethod(), new byte[0], options)).isEmpty();
    }
  }

  private static UnknownFieldSet fields(int number, ByteString value) {
    return UnknownFieldSet.newBuilder()
        .addField(number, UnknownFieldSet.Field.newBuilder().addLengthDelimited(value).build())
        .build();
  }

  private static ByteString message(int number, ByteString value) {
    return fields(number, value).toByteString();
  }

  private BadRequest.FieldViolation refused(
      MethodDescriptor<?, ?> method, byte[] message, CallOptions options) throws Exception {
    var e =
        catchThrowableOfType(StatusRuntimeException.class, () -> call(method, message, options));
    assertThat(e).isNotNull();
    assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.INVALID_ARGUMENT);
    Status status = StatusProto.fromThrowable(e);
    assertThat(status).isNotNull();
    assertThat(status.getDetails(0).unpack(ErrorInfo.class).getReason())
        .isEqualTo("INVALID_FIELDS");
    BadRequest request = status.getDetails(1).unpack(BadRequest.class);
    assertThat(request.getFieldViolationsCount()).isEqualTo(1);
    return request.getFieldViolations(0);
  }

  /** What is answered to the bytes of a message, the first answer of a stream. */
  private byte[] call(MethodDescriptor<?, ?> method, byte[] message, CallOptions options) {
    var channel =
        ClientInterceptors.intercept(
            grpc.channel, MetadataUtils.newAttachHeadersInterceptor(grpc.credentials()));
    return ClientCalls.blockingServerStreamingCall(
            channel,
            method.toBuilder(BYTES, BYTES).build(),
            options.withDeadlineAfter(20, TimeUnit.SECONDS),
            message)
        .next();
  }
}
