package dev.ringback.server.journey;

import com.google.api.HttpBody;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.ringback.v1.JobServiceOuterClass;
import dev.ringback.v1.SigningSecretServiceOuterClass;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Calls by the proto files alone: what comes over the wire, in JSON. */
final class StubCaller implements Cases.Caller {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().preservingProtoFieldNames();

  private final ManagedChannel channel;
  private final String key;

  /**
   * @param channel to the server itself
   */
  StubCaller(ManagedChannel channel, String key) {
    this.channel = channel;
    this.key = key;
  }

  static MethodDescriptor method(String name) {
    return Stream.of(
            JobServiceOuterClass.getDescriptor().findServiceByName("JobService"),
            SigningSecretServiceOuterClass.getDescriptor()
                .findServiceByName("SigningSecretService"))
        .map(service -> service.findMethodByName(name))
        .filter(found -> found != null)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public JsonNode call(String name, JsonNode request, Optional<String> otherKey) throws Exception {
    Metadata headers = StubClient.headers(otherKey.orElse(key));
    Message message = name.equals("Fetch") ? relay(request, headers) : message(name, request);
    try {
      Message answer =
          ClientCalls.blockingUnaryCall(
              with(headers), descriptor(name), CallOptions.DEFAULT, message);
      return Rest.json(PRINTER.print(answer));
    } catch (StatusRuntimeException e) {
      throw refused(e);
    }
  }

  private Channel with(Metadata headers) {
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  @Override
  public List<JsonNode> watch(String name, JsonNode request, Optional<String> otherKey, int count)
      throws Exception {
    List<JsonNode> told = new ArrayList<>();
    Context.CancellableContext context = Context.current().withCancellation();
    Context before = context.attach();
    try {
      Iterator<Message> messages =
          ClientCalls.blockingServerStreamingCall(
              with(StubClient.headers(otherKey.orElse(key))),
              descriptor(name),
              CallOptions.DEFAULT,
              message(name, request));
      while (told.size() < count && messages.hasNext()) {
        JsonNode message = Rest.json(PRINTER.print(messages.next()));
        if (!message.path("type").asString().equals("checkpoint")) {
          told.add(message);
        }
      }
      return told;
    } catch (StatusRuntimeException e) {
      throw refused(e);
    } finally {
      context.detach(before);
      context.cancel(null);
    }
  }

  private static Message message(String name, JsonNode request) throws Exception {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(method(name).getInputType());
    JsonFormat.parser().merge(request.toString(), message);
    return message.build();
  }

  private static HttpBody relay(JsonNode request, Metadata headers) {
    request
        .propertyStream()
        .filter(one -> !List.of("body", "content_type").contains(one.getKey()))
        .forEach(one ->
            headers.put(
                Metadata.Key.of(
                    RestCaller.relayHeader(one.getKey()), Metadata.ASCII_STRING_MARSHALLER),
                one.getValue().asString()));
    return HttpBody.newBuilder()
        .setContentType(request.path("content_type").asString())
        .setData(ByteString.copyFrom(request.path("body").asString(), StandardCharsets.UTF_8))
        .build();
  }

  private static io.grpc.MethodDescriptor<Message, Message> descriptor(String name) {
    MethodDescriptor method = method(name);
    return io.grpc.MethodDescriptor.<Message, Message>newBuilder()
        .setType(method.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY)
        .setFullMethodName(
            io.grpc.MethodDescriptor.generateFullMethodName(
                method.getService().getFullName(), name))
        .setRequestMarshaller(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getInputType())))
        .setResponseMarshaller(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getOutputType())))
        .build();
  }

  private static Cases.Refused refused(StatusRuntimeException e) throws Exception {
    ObjectNode error = Cases.object();
    error.put("code", e.getStatus().getCode().name());
    com.google.rpc.Status status = StatusProto.fromThrowable(e);
    for (Any detail : status == null ? List.<Any>of() : status.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        ErrorInfo info = detail.unpack(ErrorInfo.class);
        error.put("reason", info.getReason());
        info.getMetadataMap().forEach(error.withObject("/metadata")::put);
      } else {
        detail
            .unpack(BadRequest.class)
            .getFieldViolationsList()
            .forEach(one -> error.withArray("/fields").add(one.getField()));
      }
    }
    return new Cases.Refused(error);
  }
}
