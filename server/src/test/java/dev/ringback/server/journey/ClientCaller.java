package dev.ringback.server.journey;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.ringback.client.Body;
import dev.ringback.client.CreateJob;
import dev.ringback.client.FetchRequest;
import dev.ringback.client.Job;
import dev.ringback.client.ListJobs;
import dev.ringback.client.Page;
import dev.ringback.client.RetryPolicy;
import dev.ringback.client.RingbackClient;
import dev.ringback.client.RingbackException;
import dev.ringback.client.Watch;
import dev.ringback.client.WatchJobs;
import dev.ringback.client.WatchMessage;
import dev.ringback.server.job.DurationText;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.ser.std.StdSerializer;

/** Calls by the Java client, from the cases' words to its own and back. */
final class ClientCaller implements Cases.Caller {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .changeDefaultPropertyInclusion(
              all -> all.withValueInclusion(JsonInclude.Include.NON_ABSENT))
          .addModule(
              new SimpleModule()
                  .addSerializer(printed(Duration.class, DurationText::format))
                  .addSerializer(printed(Instant.class, Instant::toString))
                  .addSerializer(
                      printed(
                          Body.class,
                          body ->
                              body.text()
                                  .orElseGet(() ->
                                      "base64:"
                                          + Base64.getEncoder().encodeToString(body.bytes())))))
          .build();

  private final String endpoint;
  private final String key;
  private final RingbackClient client;

  ClientCaller(String endpoint, String key, RingbackClient client) {
    this.endpoint = endpoint;
    this.key = key;
    this.client = client;
  }

  private static <T> StdSerializer<T> printed(Class<T> type, Function<T, String> text) {
    return new StdSerializer<>(type) {
      @Override
      public void serialize(T value, JsonGenerator out, SerializationContext context) {
        out.writeString(text.apply(value));
      }
    };
  }

  private RingbackClient other(Optional<String> otherKey) {
    return RingbackClient.builder().endpoint(endpoint).apiKey(otherKey.orElse(key)).build();
  }

  @Override
  public JsonNode call(String method, JsonNode request, Optional<String> otherKey)
      throws Exception {
    try (RingbackClient other = other(otherKey)) {
      return call(otherKey.isPresent() ? other : client, method, request);
    } catch (RingbackException e) {
      throw refused(e);
    }
  }

  private static JsonNode call(RingbackClient client, String method, JsonNode request) {
    String id = request.path("id").asString("");
    String jobId = request.path("job_id").asString("");
    int pageSize = request.path("page_size").asInt(0);
    String token = request.path("page_token").asString("");
    return switch (method) {
      case "CreateJob" -> json(client.jobs().create(createJob(request)));
      case "BatchCreateJobs" ->
          list(
              "jobs",
              client
                  .jobs()
                  .batchCreate(
                      request
                          .path("requests")
                          .valueStream()
                          .map(ClientCaller::createJob)
                          .toList()));
      case "Fetch" -> json(client.jobs().fetch(fetchRequest(request)));
      case "GetJob" -> json(client.jobs().get(id));
      case "ListJobs" -> page("jobs", client.jobs().list(listJobs(request)).first());
      case "CancelJob" -> json(client.jobs().cancel(id));
      case "AwaitJob" -> json(client.jobs().await(id, duration(request.path("wait"))));
      case "GetExecution" -> json(client.jobs().execution(id));
      case "ListExecutions" ->
          page("executions", client.jobs().executions(jobId, pageSize, token).first());
      case "ListAttempts" ->
          page("attempts", client.jobs().attempts(jobId, pageSize, token).first());
      case "ListSigningSecrets" -> list("signing_secrets", client.signingSecrets().list());
      case "RotateSigningSecret" ->
          json(
              request.has("secret")
                  ? client
                      .signingSecrets()
                      .rotate(duration(request.path("overlap")), request.path("secret").asString())
                  : client.signingSecrets().rotate(duration(request.path("overlap"))));
      default -> throw new IllegalArgumentException(method);
    };
  }

  @Override
  public List<JsonNode> watch(String method, JsonNode request, Optional<String> otherKey, int count)
      throws Exception {
    String token = request.path("resume_token").asString("");
    try (RingbackClient other = other(otherKey);
        Watch watch =
            method.equals("WatchJob")
                ? client.jobs().watch(request.path("id").asString(), token)
                : (otherKey.isPresent() ? other : client)
                    .jobs()
                    .watchAll(watchJobs(request), token)) {
      return watch.stream().limit(count).map(ClientCaller::json).toList();
    } catch (RingbackException e) {
      throw refused(e);
    }
  }

  private static CreateJob createJob(JsonNode request) {
    CreateJob job = CreateJob.to(request.path("url").asString());
    for (Map.Entry<String, JsonNode> field : request.properties()) {
      JsonNode value = field.getValue();
      job =
          switch (field.getKey()) {
            case "url" -> job;
            case "method" -> job.method(value.asString());
            case "headers" -> job.headers(map(value));
            case "body" -> job.body(value.asString());
            case "binary_body" -> job.body(Base64.getDecoder().decode(value.asString()));
            case "scheduled_at" -> job.scheduledAt(Instant.parse(value.asString()));
            case "delay" -> job.delay(duration(value));
            case "cron" -> job.cron(value.asString());
            case "time_zone" -> job.timeZone(value.asString());
            case "max_retries" -> job.maxRetries(value.asInt());
            case "retry_policy" -> job.retryPolicy(retryPolicy(value));
            case "attempt_deadline" -> job.attemptDeadline(duration(value));
            case "labels" -> job.labels(map(value));
            case "idempotency_key" -> job.idempotencyKey(value.asString());
            case "wait" -> job.waitAtMost(duration(value));
            default -> throw new IllegalArgumentException(field.getKey());
          };
    }
    return job;
  }

  private static RetryPolicy retryPolicy(JsonNode policy) {
    Duration first = duration(policy.path("min_backoff"));
    RetryPolicy between =
        RetryPolicy.between(
            first,
            policy.has("max_backoff") ? duration(policy.path("max_backoff")) : Duration.ofHours(1));
    return policy.has("max_retry_duration")
        ? between.atMost(duration(policy.path("max_retry_duration")))
        : between;
  }

  private static FetchRequest fetchRequest(JsonNode request) {
    FetchRequest fetch = FetchRequest.to(request.path("url").asString());
    for (Map.Entry<String, JsonNode> field : request.properties()) {
      JsonNode value = field.getValue();
      fetch =
          switch (field.getKey()) {
            case "url", "body" -> fetch;
            case "method" -> fetch.method(value.asString());
            case "content_type" ->
                fetch.body(value.asString(), Body.of(request.path("body").asString()));
            case "delay" -> fetch.delay(duration(value));
            case "max_retries" -> fetch.maxRetries(value.asInt());
            case "max_retry_duration" -> fetch.maxRetryDuration(duration(value));
            case "idempotency_key" -> fetch.idempotencyKey(value.asString());
            default -> throw new IllegalArgumentException(field.getKey());
          };
    }
    return fetch;
  }

  private static ListJobs listJobs(JsonNode request) {
    ListJobs list =
        labelled(request, ListJobs.all(), ListJobs::label)
            .status(values(Job.Status.class, request.path("status")).toArray(Job.Status[]::new))
            .pageToken(request.path("page_token").asString(""));
    return request.has("page_size") ? list.pageSize(request.path("page_size").asInt()) : list;
  }

  private static WatchJobs watchJobs(JsonNode request) {
    return labelled(request, WatchJobs.all(), WatchJobs::label)
        .status(values(Job.Status.class, request.path("status")).toArray(Job.Status[]::new))
        .id(request.path("id").valueStream().map(JsonNode::asString).toArray(String[]::new))
        .type(
            values(WatchMessage.Type.class, request.path("type"))
                .toArray(WatchMessage.Type[]::new));
  }

  private static <T> T labelled(JsonNode request, T all, Labelling<T> labelling) {
    T filter = all;
    for (JsonNode label : request.path("label")) {
      String[] parts = label.asString().split("=", 2);
      filter = labelling.label(filter, parts[0], parts[1]);
    }
    return filter;
  }

  private interface Labelling<T> {
    T label(T filter, String key, String value);
  }

  private static <E extends Enum<E>> Stream<E> values(Class<E> type, JsonNode words) {
    return words
        .valueStream()
        .map(word -> Enum.valueOf(type, word.asString().toUpperCase(Locale.ROOT)));
  }

  private static Map<String, String> map(JsonNode object) {
    return object
        .propertyStream()
        .collect(Collectors.toMap(Map.Entry::getKey, one -> one.getValue().asString()));
  }

  private static Duration duration(JsonNode text) {
    return DurationText.parse(text.asString()).orElseThrow();
  }

  private static <T> JsonNode page(String name, Page<T> page) {
    ObjectNode answer = list(name, page.items());
    return answer.put("next_page_token", page.nextPageToken());
  }

  private static ObjectNode list(String name, List<?> items) {
    ObjectNode answer = Cases.object();
    items.forEach(item -> answer.withArray("/" + name).add(json(item)));
    return answer;
  }

  private static JsonNode json(Object value) {
    return inWireWords(JSON.valueToTree(value));
  }

  /** What has another name in Java. */
  private static JsonNode inWireWords(JsonNode node) {
    if (!(node instanceof ObjectNode object)) {
      return node;
    }
    ObjectNode renamed = Cases.object();
    object
        .propertyStream()
        .forEach(one -> {
          JsonNode value = inWireWords(one.getValue());
          String text = value.asString("");
          switch (one.getKey()) {
            case "status", "type" -> renamed.put(one.getKey(), text.toLowerCase(Locale.ROOT));
            case "error_class" -> renamed.set("class", value);
            case "body" -> {
              boolean binary = text.startsWith("base64:");
              renamed.put(binary ? "binary_body" : "body", text.replaceFirst("^base64:", ""));
            }
            default -> renamed.set(one.getKey(), value);
          }
        });
    return renamed;
  }

  private static Cases.Refused refused(RingbackException e) {
    ObjectNode error = Cases.object();
    error.put("code", e.code().name());
    error.put("reason", e.reasonText());
    error.set("metadata", JSON.valueToTree(e.metadata()));
    e.fieldViolations().forEach(one -> error.withArray("/fields").add(one.field()));
    return new Cases.Refused(error);
  }
}
