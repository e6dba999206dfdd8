package dev.ringback.server.api;

import static java.util.stream.Collectors.joining;

import com.google.protobuf.DescriptorProtos.MethodOptions.IdempotencyLevel;
import dev.ringback.server.api.Bindings.Binding;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** What Envoy's routes have to know of the proto files. */
public final class Routes {
  private Routes() {}

  /**
   * Regular expressions (RE2) for whole values, by the names that {@code envoy.yaml} has for them.
   *
   * <ul>
   *   <li>{@code REPEATABLE}: paths of gRPC calls with one answer that may be made again
   *   <li>{@code REPEATABLE_REST}: the same calls over REST, each a method, a space and a path
   *   <li>{@code STREAMS}: paths of gRPC calls that are answered with a stream
   * </ul>
   */
  public static Map<String, String> of(List<ServerServiceDefinition> services) {
    List<MethodDescriptor<?, ?>> calls =
        services.stream()
            .flatMap(service -> service.getMethods().stream())
            .<MethodDescriptor<?, ?>>map(ServerMethodDefinition::getMethodDescriptor)
            .toList();
    return Map.of(
        "REPEATABLE", any(calls.stream().filter(Routes::isRepeatable).map(Routes::path)),
        "REPEATABLE_REST",
            any(
                new Bindings(services)
                    .all().stream()
                        .filter(binding -> isRepeatable(binding.call().getMethodDescriptor()))
                        .map(Routes::request)),
        "STREAMS", any(calls.stream().filter(Routes::isStream).map(Routes::path)));
  }

  private static String any(Stream<String> alternatives) {
    return alternatives.collect(joining("|"));
  }

  private static boolean isStream(MethodDescriptor<?, ?> call) {
    return !call.getType().serverSendsOneMessage();
  }

  /** Where nothing is said, a call is not: the second might do what the first has done. */
  private static boolean isRepeatable(MethodDescriptor<?, ?> call) {
    return !isStream(call) && level(call) != IdempotencyLevel.IDEMPOTENCY_UNKNOWN;
  }

  private static IdempotencyLevel level(MethodDescriptor<?, ?> call) {
    var schema = (ProtoMethodDescriptorSupplier) call.getSchemaDescriptor();
    return Objects.requireNonNull(schema).getMethodDescriptor().getOptions().getIdempotencyLevel();
  }

  private static String path(MethodDescriptor<?, ?> call) {
    return "/" + PathTemplate.quote(call.getFullMethodName());
  }

  private static String request(Binding binding) {
    String method = binding.method().equals("GET") ? "(GET|HEAD)" : binding.method();
    return method + " " + binding.path().regex();
  }
}
