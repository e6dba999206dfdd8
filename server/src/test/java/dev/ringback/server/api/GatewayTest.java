package dev.ringback.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.BadRequest;
import dev.ringback.gateway.v1.GatewayServiceGrpc;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.store.StoreFixture;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** REST as the server reads it, handed over as Envoy does. */
@Timeout(30)
class GatewayTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int PART = 16_000;

  @RegisterExtension private final StoreFixture store = new StoreFixture();
  @RegisterExtension private final GrpcFixture grpc = new GrpcFixture(store);

  /**
   * What was answered.
   *
   * @param status over HTTP, where it is not that of the gRPC code
   */
  private record Answer(
      Status.Code code,
      @Nullable String status,
      Metadata headers,
      String body,
      List<String> wrong) {
    JsonNode json() {
      return JSON.readTree(body);
    }
  }

  private Answer rest(String method, String path, ByteString body, String... headers)
      throws Exception {
    return rest(method, path, body, true, headers);
  }

  private Answer rest(String method, String path, String body) throws Exception {
    return rest(method, path, ByteString.copyFromUtf8(body));
  }

  private Answer rest(
      String method, String path, ByteString body, boolean hasKey, String... headers)
      throws Exception {
    Metadata sent = hasKey ? grpc.credentials() : new Metadata();
    sent.put(CallContext.key("x-rest-method"), method);
    sent.put(CallContext.key("x-rest-path"), path);
    for (int i = 0; i < headers.length; i += 2) {
      sent.put(CallContext.key(headers[i]), headers[i + 1]);
    }
    AtomicReference<Metadata> first = new AtomicReference<>();
    AtomicReference<Metadata> last = new AtomicReference<>();
    var stub =
        GatewayServiceGrpc.newStub(grpc.channel)
            .withInterceptors(
                MetadataUtils.newAttachHeadersInterceptor(sent),
                MetadataUtils.newCaptureMetadataInterceptor(first, last));
    var ended = new CompletableFuture<Status>();
    var text = new StringBuilder();
    StreamObserver<HttpBody> answer =
        new StreamObserver<>() {
          @Override
          public void onNext(HttpBody part) {
            text.append(part.getData().toStringUtf8());
          }

          @Override
          public void onError(Throwable e) {
            ended.complete(Status.fromThrowable(e));
          }

          @Override
          public void onCompleted() {
            ended.complete(Status.OK);
          }
        };
    var call =
        (ClientCallStreamObserver<HttpBody>)
            (path.contains(":watch") ? stub.watch(answer) : stub.call(answer));
    for (int at = 0; at < body.size() && !ended.isDone(); at += PART) {
      call.onNext(
          HttpBody.newBuilder()
              .setContentType("application/json")
              .setData(body.substring(at, Math.min(body.size(), at + PART)))
              .build());
    }
    call.onCompleted();
    Status status = ended.get(20, TimeUnit.SECONDS);
    Metadata trailers = Objects.requireNonNullElseGet(last.get(), Metadata::new);
    Metadata all = Objects.requireNonNullElseGet(first.get(), Metadata::new);
    all.merge(trailers);
    return new Answer(
        status.getCode(),
        all.get(CallContext.HTTP_STATUS),
        all,
        text.toString(),
        violations(status, trailers));
  }

  private static List<String> violations(Status status, Metadata trailers) throws Exception {
    List<String> all = new ArrayList<>();
    var told = StatusProto.fromStatusAndTrailers(status, trailers);
    for (Any detail : told.getDetailsList()) {
      if (detail.is(BadRequest.class)) {
        detail
            .unpack(BadRequest.class)
            .getFieldViolationsList()
            .forEach(one -> all.add(one.getField() + ": " + one.getDescription()));
      }
    }
    return all;
  }

  private String create(String json) throws Exception {
    return rest("POST", "/v1/jobs", json).json().path("id").asString();
  }

  @Test
  void createsReadsListsAndCancels() throws Exception {
    Answer created =
        rest("POST", "/v1/jobs", "{\"url\": \"http://h/\", \"maxRetries\": 2, \"delay\": \"1h\"}");
    assertThat(created.status()).isEqualTo("201");
    assertThat(created.headers().get(CallContext.key("cache-control"))).isEqualTo("no-store");
    String id = created.json().path("id").asString();
    assertThat(created.headers().get(CallContext.LOCATION)).isEqualTo("/v1/jobs/" + id);
    assertThat(created.json().path("max_retries").asInt()).isEqualTo(2);
    assertThat(rest("GET", "/v1/jobs/" + id, "").json().path("id").asString()).isEqualTo(id);
    assertThat(rest("HEAD", "/jobs/" + id, "").json().path("id").asString()).isEqualTo(id);
    assertThat(rest("GET", "/v1/jobs?status=failed&page_size=7", "").body())
        .isEqualTo("{\"jobs\":[],\"next_page_token\":\"\"}");
    assertThat(rest("POST", "/v1/jobs/" + id + ":cancel", "").json().path("status").asString())
        .isEqualTo("cancelled");
    assertThat(rest("DELETE", "/v1/jobs/" + id, "").code()).isEqualTo(Status.Code.OK);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          POST   | /v1/jobs                    | {"url": "http://h/", "dealy": "1h"} | dealy: unknown; did you mean `delay`?
          POST   | /v1/jobs?delay=1h           | {"url": "http://h/"}     | delay: unknown in the query: this call takes its fields from the body
          POST   | /v1/jobs:batchCreate        | {"requests": [{"url": "http://h/"}, null]} | requests[1]: must be an object, not null
          POST   | /v1/jobs/job_a:cancel       | {"id": "job_b"}          | id: is given by the path, and can't be given again
          DELETE | /v1/jobs/job_a?id=job_b     | ``                       | id: is given by the path, and can't be given again
          GET    | /v1/jobs/%ff                | ``                       | id: must be percent-encoded UTF-8
          GET    | /v1/jobs?label=%ff          | ``                       | label: must be percent-encoded UTF-8
          GET    | /v1/jobs?labels=a           | ``                       | labels: unknown; did you mean `label`?
          GET    | /v1/jobs?page_size=ten      | ``                       | page_size: must be a whole number
          """)
  void namesTheFieldThatIsWrong(String method, String path, String body, String problem)
      throws Exception {
    Answer answer = rest(method, path, body);
    assertThat(answer.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(answer.wrong()).containsExactly(problem);
  }

  @Test
  void tellsAllThatIsWrongAtOnce() throws Exception {
    Answer answer =
        rest(
            "POST",
            "/v1/jobs",
            "{\"url\": 5, \"dealy\": \"1h\", \"max_retries\": 9999, \"headers\": {\"Host\":"
                + " \"x\"}}");
    assertThat(answer.wrong())
        .extracting(wrong -> wrong.substring(0, wrong.indexOf(':')))
        .containsExactlyInAnyOrder("url", "dealy", "max_retries", "headers[Host]");
  }

  @Test
  void knowsWhatIsWhere() throws Exception {
    assertThat(rest("GET", "/v2/jobs", "").code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(rest("GET", "/v2/jobs?a", ByteString.EMPTY, false).code())
        .as("without a key")
        .isEqualTo(Status.Code.NOT_FOUND);
    Answer answer = rest("PUT", "/v1/jobs", "");
    assertThat(answer.status()).isEqualTo("405");
    assertThat(answer.headers().get(CallContext.key("allow"))).isEqualTo("GET, HEAD, POST");
  }

  @Test
  void aBodyHasALimit() throws Exception {
    var answer =
        rest("POST", "/v1/jobs", ByteString.copyFrom(new byte[Gateway.MAX_BODY_BYTES + 1]));
    assertThat(answer.status()).isEqualTo("413");
    assertThat(answer.wrong()).containsExactly("request: must have at most 8 MiB");
  }

  @Test
  void whoHasNoKeyIsToldSoAndSendsNothing() throws Exception {
    var answer = rest("POST", "/v1/jobs", ByteString.copyFrom(new byte[1 << 20]), false);
    assertThat(answer.code()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(answer.headers().get(CallContext.key("www-authenticate"))).startsWith("Bearer");
  }

  @Test
  void tellsAWatchAsItHappens() throws Exception {
    String id = create("{\"url\": \"http://h/\", \"delay\": \"1h\"}");
    rest("DELETE", "/v1/jobs/" + id, "");
    Answer answer =
        rest("GET", "/v1/jobs/" + id + ":watch", ByteString.EMPTY, "accept", "text/event-stream");
    assertThat(answer.body()).startsWith("id: ").contains("\nevent: snapshot\n");
    assertThat(answer.headers().get(CallContext.key("x-accel-buffering"))).isEqualTo("no");
    String told = answer.body().substring(4, answer.body().indexOf('\n'));
    Answer again = rest("GET", "/v1/jobs/" + id + ":watch?last_event_id=" + told, "");
    assertThat(again.status()).isEqualTo("204");
  }
}
