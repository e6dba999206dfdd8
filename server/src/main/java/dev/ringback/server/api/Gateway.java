package dev.ringback.server.api;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.ringback.gateway.v1.GatewayServiceGrpc;
import dev.ringback.gateway.v1.GatewayServiceGrpc.GatewayServiceImplBase;
import dev.ringback.server.api.Bindings.Binding;
import dev.ringback.server.api.Bindings.Match;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.Errors;
import dev.ringback.server.api.call.Holding;
import dev.ringback.server.api.call.RequestCheck;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Invalid.UnsupportedEncoding;
import dev.ringback.server.refusal.Refusal;
import dev.ringback.server.refusal.Violation;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Objects;

/**
 * REST: reads the request of the call that a method and a path stand for from the path, the query
 * and the body, and writes its answer as JSON.
 *
 * <p>Whose key is not right never comes here, so that nothing of a stranger's body is taken.
 *
 * <p>Thread-safe.
 */
final class Gateway extends GatewayServiceImplBase {
  /** Of a request. */
  static final int MAX_BODY_BYTES = 8 << 20;

  private static final String PATH = "x-rest-path";
  private static final Context.Key<Match> MATCH = Context.key("ringback-rest");
  private static final Metadata.Key<String> CACHE_CONTROL = CallContext.key("cache-control");
  private static final Metadata.Key<String> ACCEL_BUFFERING = CallContext.key("x-accel-buffering");

  private final RequestCheck check;

  Gateway(RequestCheck check) {
    this.check = check;
  }

  /** Finds the call, before anybody asks for a key: what there is where is known to all. */
  static final class Finder implements ServerInterceptor {
    private final Bindings bindings;

    Finder(Bindings bindings) {
      this.bindings = bindings;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      if (!GatewayServiceGrpc.SERVICE_NAME.equals(call.getMethodDescriptor().getServiceName())) {
        return next.startCall(call, headers);
      }
      Match match;
      try {
        match =
            bindings.find(header(headers, CallContext.REST_METHOD), plain(header(headers, PATH)));
      } catch (Refusal e) {
        Errors.close(call, e);
        return new ServerCall.Listener<>() {};
      }
      return Contexts.interceptCall(Context.current().withValue(MATCH, match), call, headers, next);
    }

    private static String header(Metadata headers, String name) {
      return Objects.requireNonNullElse(headers.get(CallContext.key(name)), "");
    }
  }

  /** A path without its query. */
  private static String plain(String path) {
    int mark = path.indexOf('?');
    return mark < 0 ? path : path.substring(0, mark);
  }

  @Override
  public StreamObserver<HttpBody> call(StreamObserver<HttpBody> answer) {
    return new Upload((ServerCallStreamObserver<HttpBody>) answer);
  }

  @Override
  public StreamObserver<HttpBody> watch(StreamObserver<HttpBody> answer) {
    // Else nginx would gather what is told.
    CallContext.current().responseHeaders().put(ACCEL_BUFFERING, "no");
    return new Upload((ServerCallStreamObserver<HttpBody>) answer);
  }

  /** A request that is coming in. */
  private final class Upload implements StreamObserver<HttpBody> {
    private final CallContext call = CallContext.current();
    private final String query;
    private final Match match;
    private final boolean hasBody;
    private final InnerCall inner;
    private final Holding holding = Holding.current();
    private String contentType = "";
    private ByteString body = ByteString.EMPTY;

    Upload(ServerCallStreamObserver<HttpBody> answer) {
      String path = call.header(PATH);
      query = path.substring(Math.min(path.length(), plain(path).length() + 1));
      match = MATCH.get();
      call.responseHeaders().put(CACHE_CONTROL, "no-store");
      hasBody = !match.binding().body().isEmpty() || isRelay(match.binding());
      inner = new InnerCall(answer, call);
      if (hasBody && !isRelay(match.binding())) {
        refusePacked(call.list("content-encoding"));
      }
    }

    @Override
    public void onNext(HttpBody part) {
      if (contentType.isEmpty()) {
        contentType = part.getContentType();
      }
      // A body where none is expected has no meaning (RFC 9110, 9.3.1).
      if (hasBody) {
        if (body.size() + part.getData().size() > MAX_BODY_BYTES) {
          throw new InvalidFields(
              List.of(
                  new Violation(
                      "request", "must have at most %d MiB".formatted(MAX_BODY_BYTES >> 20))),
              true);
        }
        body = body.concat(part.getData());
      }
    }

    @Override
    public void onError(Throwable gone) {
      inner.cancel();
    }

    @Override
    public void onCompleted() {
      Binding binding = match.binding();
      inner.start(binding.call(), request(binding));
    }

    private Message request(Binding binding) {
      Violations violations = new Violations();
      Message.Builder request = binding.prototype().newBuilderForType();
      readBody(binding, request, violations);
      var parameters = new QueryReader(request, violations);
      parameters.path(match.values());
      parameters.query(query, binding.body());
      Message read = request.build();
      if (!violations.isEmpty()) {
        check.check(read, call, violations);
        violations.check();
      }
      return read;
    }

    private void readBody(Binding binding, Message.Builder request, Violations violations) {
      if (request instanceof HttpBody.Builder raw) {
        raw.setContentType(contentType).setData(body);
      } else if (binding.body().equals("*")) {
        readJson(request, violations);
      } else if (!binding.body().isEmpty()) {
        FieldDescriptor field = request.getDescriptorForType().findFieldByName(binding.body());
        Message.Builder part = request.newBuilderForField(field);
        readJson(part, violations);
        request.setField(field, part.build());
      }
    }

    private void readJson(Message.Builder message, Violations violations) {
      // In one piece, and in the message.
      holding.add(2L * body.size());
      JsonReader.read(
          body.toByteArray(),
          message,
          violations,
          values -> holding.add(values * Holding.VALUE_BYTES));
    }
  }

  private static boolean isRelay(Binding binding) {
    return binding.prototype() instanceof HttpBody;
  }

  private static void refusePacked(String encoding) {
    if (!encoding.isEmpty() && !encoding.equalsIgnoreCase("identity")) {
      throw new UnsupportedEncoding(encoding);
    }
  }
}
