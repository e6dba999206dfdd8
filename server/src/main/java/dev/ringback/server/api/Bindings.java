package dev.ringback.server.api;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Message;
import dev.ringback.server.refusal.NotFound.MethodNotAllowed;
import dev.ringback.server.refusal.NotFound.NoSuchPath;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which call a method and a path of HTTP stand for, by the google.api.http annotations of the proto
 * files.
 *
 * <p>Thread-safe.
 */
final class Bindings {
  private final List<Binding> all;

  /**
   * A call by HTTP.
   *
   * @param method such as {@code POST}
   * @param body the field that the body is; {@code *}: the body is the request; empty: no body
   * @param prototype an empty request
   * @param call what serves it
   */
  record Binding(
      String method,
      PathTemplate path,
      String body,
      Message prototype,
      ServerMethodDefinition<?, ?> call) {}

  /**
   * The call that a request is for.
   *
   * @param values of the path's variables, percent-encoded as they came
   */
  record Match(Binding binding, Map<String, String> values) {}

  Bindings(List<ServerServiceDefinition> services) {
    List<Binding> found = new ArrayList<>();
    for (ServerServiceDefinition service : services) {
      for (ServerMethodDefinition<?, ?> call : service.getMethods()) {
        add(rule(call), call, found);
      }
    }
    // A verb before a variable, which would take it for a part of its value.
    found.sort(Comparator.comparing(binding -> binding.path().verb().isEmpty()));
    all = List.copyOf(found);
  }

  List<Binding> all() {
    return all;
  }

  private static HttpRule rule(ServerMethodDefinition<?, ?> call) {
    var schema = (ProtoMethodDescriptorSupplier) call.getMethodDescriptor().getSchemaDescriptor();
    return Objects.requireNonNull(schema)
        .getMethodDescriptor()
        .getOptions()
        .getExtension(AnnotationsProto.http);
  }

  private static void add(HttpRule rule, ServerMethodDefinition<?, ?> call, List<Binding> found) {
    switch (rule.getPatternCase()) {
      case GET -> found.add(binding("GET", rule.getGet(), rule, call));
      case PUT -> found.add(binding("PUT", rule.getPut(), rule, call));
      case POST -> found.add(binding("POST", rule.getPost(), rule, call));
      case DELETE -> found.add(binding("DELETE", rule.getDelete(), rule, call));
      case PATCH -> found.add(binding("PATCH", rule.getPatch(), rule, call));
      case CUSTOM ->
          found.add(binding(rule.getCustom().getKind(), rule.getCustom().getPath(), rule, call));
      case PATTERN_NOT_SET -> {}
    }
    rule.getAdditionalBindingsList().forEach(another -> add(another, call, found));
  }

  private static Binding binding(
      String method, String path, HttpRule rule, ServerMethodDefinition<?, ?> call) {
    return new Binding(method, PathTemplate.parse(path), rule.getBody(), prototype(call), call);
  }

  private static Message prototype(ServerMethodDefinition<?, ?> call) {
    var marshaller = (PrototypeMarshaller<?>) call.getMethodDescriptor().getRequestMarshaller();
    return (Message) Objects.requireNonNull(marshaller.getMessagePrototype());
  }

  /**
   * The call that a method and a path stand for; HEAD is answered where GET is (RFC 9110, 9.1).
   *
   * @throws NoSuchPath when nothing is at the path
   * @throws MethodNotAllowed when what is there has no such method
   */
  Match find(String method, String path) {
    List<String> parts = PathTemplate.split(path);
    Optional<Match> match = find(method, parts, all);
    if (match.isEmpty() && method.equals("HEAD")) {
      match = find("GET", parts, all);
    }
    return match.orElseThrow(() -> {
      Set<String> allowed = allowed(parts);
      return allowed.isEmpty()
          ? new NoSuchPath(method, path)
          : new MethodNotAllowed(method, allowed);
    });
  }

  private static Optional<Match> find(String method, List<String> parts, List<Binding> bindings) {
    for (Binding binding : bindings) {
      if (binding.method().equals(method)) {
        Optional<Match> match =
            binding.path().match(parts).map(values -> new Match(binding, values));
        if (match.isPresent()) {
          return match;
        }
      }
    }
    return Optional.empty();
  }

  private Set<String> allowed(List<String> parts) {
    Set<String> allowed = new TreeSet<>();
    for (Binding binding : all) {
      if (binding.path().match(parts).isPresent()) {
        allowed.add(binding.method());
      }
    }
    if (allowed.contains("GET")) {
      allowed.add("HEAD");
    }
    return allowed;
  }
}
