package dev.ringback.server.journey;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import dev.ringback.v1.EventStreamServiceOuterClass;
import io.grpc.Status;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Calls by REST through Envoy, by the paths in the proto files. */
final class RestCaller implements Cases.Caller, AutoCloseable {
  private static final Pattern PART = Pattern.compile("\\{(\\w+)}");

  private final String base;
  private final String key;
  private final HttpClient http = HttpClient.newHttpClient();

  RestCaller(String base, String key) {
    this.base = base;
    this.key = key;
  }

  /** The header that says a part of a relayed request. */
  static String relayHeader(String field) {
    return switch (field) {
      case "idempotency_key" -> "idempotency-key";
      case "delay", "max_retries", "max_retry_duration" -> "x-" + field.replace('_', '-');
      default -> "x-fetch-" + field;
    };
  }

  @Override
  public JsonNode call(String method, JsonNode request, Optional<String> otherKey)
      throws Exception {
    HttpRequest wanted =
        method.equals("Fetch")
            ? relay(request, otherKey)
            : request(
                StubCaller.method(method).getOptions().getExtension(AnnotationsProto.http),
                request,
                otherKey);
    HttpResponse<String> answer = http.send(wanted, BodyHandlers.ofString());
    JsonNode json = Rest.json(answer.body());
    if (answer.statusCode() / 100 != 2) {
      throw refused(answer.statusCode(), json);
    }
    return json;
  }

  @Override
  public List<JsonNode> watch(String method, JsonNode request, Optional<String> otherKey, int count)
      throws Exception {
    HttpRule rule =
        EventStreamServiceOuterClass.getDescriptor()
            .findServiceByName("EventStreamService")
            .findMethodByName(method.replace("Watch", "Stream"))
            .getOptions()
            .getExtension(AnnotationsProto.http);
    HttpResponse<InputStream> answer =
        http.send(request(rule, request, otherKey), BodyHandlers.ofInputStream());
    List<JsonNode> told = new ArrayList<>();
    try (var lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      while (told.size() < count) {
        String line = lines.readLine();
        if (line == null) {
          return told;
        }
        JsonNode message = Rest.json(line);
        if (answer.statusCode() != 200) {
          throw refused(answer.statusCode(), message);
        }
        if (!message.path("type").asString("").equals("checkpoint")) {
          told.add(message);
        }
      }
    }
    return told;
  }

  private HttpRequest relay(JsonNode request, Optional<String> otherKey) {
    HttpRequest.Builder relay =
        to("/v1/fetch", otherKey)
            .setHeader("Content-Type", request.path("content_type").asString())
            .method(
                request.path("method").asString(),
                BodyPublishers.ofString(request.path("body").asString()));
    request
        .propertyStream()
        .filter(one -> !List.of("method", "body", "content_type").contains(one.getKey()))
        .forEach(one -> relay.header(relayHeader(one.getKey()), one.getValue().asString()));
    return relay.build();
  }

  /** The fields that the path does not name are the body, or the query where there is none. */
  private HttpRequest request(HttpRule rule, JsonNode request, Optional<String> otherKey) {
    ObjectNode left = ((ObjectNode) request).deepCopy();
    String template =
        rule.hasGet() ? rule.getGet() : rule.hasPost() ? rule.getPost() : rule.getDelete();
    Matcher parts = PART.matcher(template);
    String path = parts.replaceAll(part -> left.remove(part.group(1)).asString());
    boolean hasBody = !rule.getBody().isEmpty();
    return to(hasBody ? path : path + query(left), otherKey)
        .method(
            rule.hasGet() ? "GET" : rule.hasPost() ? "POST" : "DELETE",
            hasBody ? BodyPublishers.ofString(left.toString()) : BodyPublishers.noBody())
        .build();
  }

  private HttpRequest.Builder to(String path, Optional<String> otherKey) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .header("Authorization", "Bearer " + otherKey.orElse(key))
        .header("Content-Type", "application/json");
  }

  private static String query(ObjectNode fields) {
    List<String> query = new ArrayList<>();
    fields
        .propertyStream()
        .forEach(one -> {
          if (one.getValue().isArray()) {
            one.getValue().forEach(value -> query.add(pair(one.getKey(), value)));
          } else {
            query.add(pair(one.getKey(), one.getValue()));
          }
        });
    return query.isEmpty() ? "" : "?" + String.join("&", query);
  }

  private static String pair(String name, JsonNode value) {
    return name + "=" + URLEncoder.encode(value.asString(), StandardCharsets.UTF_8);
  }

  private static Cases.Refused refused(int http, JsonNode body) {
    ObjectNode error = Cases.object();
    error.put("http", http);
    error.put("code", Status.fromCodeValue(body.path("code").asInt()).getCode().name());
    for (JsonNode detail : body.path("details")) {
      if (detail.has("reason")) {
        error.set("reason", detail.path("reason"));
        error.set("metadata", detail.path("metadata"));
      }
      detail
          .path("field_violations")
          .forEach(one -> error.withArray("/fields").add(one.path("field")));
    }
    return new Cases.Refused(error);
  }

  @Override
  public void close() {
    http.close();
  }
}
