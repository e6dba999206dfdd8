package dev.ringback.server.api;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.ringback.server.api.call.Holding;
import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Violation;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Refuses requests that are no message of their method, as their caller's mistake. Left to itself,
 * gRPC calls them a fault of the server, and writes each into the log. Envoy makes such requests of
 * bytes in a URL that are not valid UTF-8.
 *
 * <p>Thread-safe.
 */
final class Parsing implements ServerInterceptor {
  /** Hands on the bytes, so that they are parsed within the interceptors. */
  private static final Marshaller<InputStream> BYTES =
      new Marshaller<>() {
        @Override
        public InputStream stream(InputStream bytes) {
          return bytes;
        }

        @Override
        public InputStream parse(InputStream bytes) {
          return bytes;
        }
      };

  private static final int PART_BYTES = 16 << 10;

  /** A service whose requests are parsed behind all interceptors. */
  static ServerServiceDefinition last(ServerServiceDefinition service) {
    return ServerInterceptors.useMarshalledMessages(service, BYTES);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      private boolean given;

      @Override
      @SuppressWarnings("unchecked") // Of a service that is parsed last, this is what messages are.
      public void onMessage(Q message) {
        given = true;
        Descriptor type = type(call);
        byte[] bytes = read((InputStream) message, type);
        scan(bytes, type);
        if (call.getMethodDescriptor().getType().clientSendsOneMessage()) {
          // In the message.
          Holding.current().add(bytes.length);
        }
        try {
          super.onMessage((Q) new ByteArrayInputStream(bytes));
        } catch (StatusRuntimeException e) {
          if (e.getCause() instanceof InvalidProtocolBufferException) {
            throw refusal(type, bytes);
          }
          throw e;
        }
      }

      @Override
      public void onHalfClose() {
        if (!given && call.getMethodDescriptor().getType().clientSendsOneMessage()) {
          throw refused("request", "is missing");
        }
        super.onHalfClose();
      }
    };
  }

  private static Descriptor type(ServerCall<?, ?> call) {
    var method = (ProtoMethodDescriptorSupplier) call.getMethodDescriptor().getSchemaDescriptor();
    return Objects.requireNonNull(method).getMethodDescriptor().getInputType();
  }

  /** In parts, since a packed message grows when it is read. */
  private static byte[] read(InputStream message, Descriptor type) {
    try {
      var bytes = new ByteArrayOutputStream(0);
      byte[] part = message.readNBytes(PART_BYTES);
      for (; part.length == PART_BYTES; part = message.readNBytes(PART_BYTES)) {
        Holding.current().add(part.length);
        bytes.write(part);
      }
      if (bytes.size() == 0) {
        return part;
      }
      bytes.write(part);
      return bytes.toByteArray();
    } catch (StatusRuntimeException tooLarge) {
      throw refused(
          "request", "must have at most %d MiB".formatted(GrpcServer.MAX_MESSAGE_BYTES >> 20));
    } catch (IOException notUnpacked) {
      throw malformed(type);
    }
  }

  private static void scan(byte[] bytes, Descriptor type) {
    try {
      Holding.current().add(WireScan.values(bytes, type) * Holding.VALUE_BYTES);
    } catch (IOException e) {
      throw malformed(type);
    }
  }

  private static InvalidFields malformed(Descriptor type) {
    return refused("request", "is not the bytes of a " + type.getFullName());
  }

  private static InvalidFields refused(String field, String problem) {
    return new InvalidFields(List.of(new Violation(field, problem)), false);
  }

  private static InvalidFields refusal(Descriptor type, byte[] bytes) {
    try {
      return notText(type, UnknownFieldSet.parseFrom(bytes))
          .map(field -> refused(field, "must be text in valid UTF-8"))
          .orElseGet(() -> malformed(type));
    } catch (InvalidProtocolBufferException e) {
      return malformed(type);
    }
  }

  /** The first field that must be text and is none, as far as such a field can be named. */
  private static Optional<String> notText(Descriptor type, UnknownFieldSet message)
      throws InvalidProtocolBufferException {
    for (FieldDescriptor field : type.getFields()) {
      List<ByteString> values = message.getField(field.getNumber()).getLengthDelimitedList();
      for (int i = 0; i < values.size(); i++) {
        Optional<String> within = notText(field, values.get(i));
        if (within.isPresent()) {
          boolean several = field.isRepeated() && !field.isMapField() && !within.get().isEmpty();
          return Optional.of(name(field) + (several ? "[" + i + "]" : "") + within.get());
        }
      }
    }
    return Optional.empty();
  }

  /** What follows the field's name in that of the text which is none. */
  private static Optional<String> notText(FieldDescriptor field, ByteString value)
      throws InvalidProtocolBufferException {
    return switch (field.getJavaType()) {
      case STRING -> value.isValidUtf8() ? Optional.empty() : Optional.of("");
      case MESSAGE -> {
        Optional<String> within = notText(field.getMessageType(), UnknownFieldSet.parseFrom(value));
        yield field.isMapField() ? within.map(_ -> "") : within.map(name -> "." + name);
      }
      case INT, LONG, FLOAT, DOUBLE, BOOLEAN, BYTE_STRING, ENUM -> Optional.empty();
    };
  }

  /** The content type of a relay comes from a header. */
  private static String name(FieldDescriptor field) {
    return field.getContainingType().equals(HttpBody.getDescriptor())
        ? field.getName().replace('_', '-')
        : field.getName();
  }
}
