package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.launchdarkly.eventsource.ConnectStrategy;
import com.launchdarkly.eventsource.ErrorStrategy;
import com.launchdarkly.eventsource.EventSource;
import com.launchdarkly.eventsource.MessageEvent;
import com.launchdarkly.eventsource.RetryDelayStrategy;
import dev.ringback.server.Await;
import dev.ringback.server.api.read.ResumeToken;
import dev.ringback.v1.WatchJobsRequest;
import dev.ringback.v1.WatchMessage;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Watches through Envoy, by an EventSource and line by line, and calls that wait for a job's end.
 */
@Timeout(120)
class WatchRestIT {
  private static final String EVENTS = "text/event-stream";

  @RegisterExtension private static final SharedNode shared = new SharedNode();
  private static Rest rest;
  private static CallbackTarget target;

  @BeforeAll
  static void start() throws Exception {
    target = new CallbackTarget();
    rest = shared.rest();
  }

  @AfterAll
  static void stop() {
    rest.close();
    target.close();
  }

  private static String create(String path, String rest) throws Exception {
    var answer =
        WatchRestIT.rest.post("/v1/jobs", "{\"url\":\"%s\"%s}".formatted(target.url(path), rest));
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(201);
    return answer.json().path("id").asString();
  }

  private static URLConnection open(String path, String... headers) throws IOException {
    URLConnection connection = URI.create(shared.node().base() + path).toURL().openConnection();
    connection.setRequestProperty("Authorization", "Bearer " + shared.key());
    connection.setReadTimeout(20_000);
    for (int i = 0; i < headers.length; i += 2) {
      connection.setRequestProperty(headers[i], headers[i + 1]);
    }
    return connection;
  }

  private static BufferedReader lines(String path, String... headers) throws IOException {
    return new BufferedReader(
        new InputStreamReader(open(path, headers).getInputStream(), StandardCharsets.UTF_8));
  }

  private static List<JsonNode> all(String path) throws IOException {
    try (var lines = lines(path)) {
      return all(lines);
    }
  }

  private static List<JsonNode> all(BufferedReader lines) {
    return lines.lines().map(Rest::json).toList();
  }

  private static List<String> types(List<JsonNode> messages) {
    return messages.stream().map(message -> message.path("type").asString()).toList();
  }

  @Test
  void tellsAJobLineByLineUntilItsLastChange() throws Exception {
    target.answer(hit -> hit.path().equals("/once-more") && hit.attempt() == 1 ? 503 : 200);
    String id =
        create("/once-more", ",\"delay\":\"1h\",\"retry_policy\":{\"min_backoff\":\"100ms\"}");
    List<JsonNode> told = new ArrayList<>();
    try (var lines = lines("/v1/jobs/" + id + ":watch")) {
      told.add(Rest.json(lines.readLine()));
      shared.node().makeDue(id);
      told.addAll(all(lines));
    }
    assertThat(types(told))
        .containsExactly(
            "snapshot",
            "attempt_started",
            "attempt_finished",
            "retry_scheduled",
            "attempt_started",
            "attempt_finished",
            "job_completed");
    assertThat(told.stream().map(m -> m.path("job").path("status").asString()).toList())
        .containsExactly(
            "pending", "running", "pending", "pending", "running", "completed", "completed");
    JsonNode failure = told.get(2);
    assertThat(failure.path("attempt").path("status_code").asInt()).isEqualTo(503);
    assertThat(failure.path("attempt").path("error").path("class").asString()).isEqualTo("status");
    assertThat(failure.path("attempt").path("duration_ms").isNumber()).isTrue();
    assertThat(failure.path("execution_id").asString()).startsWith("exec_");
    assertThat(told.get(3).path("job").path("next_run_at").asString())
        .isGreaterThan(failure.path("at").asString());
    // The job as told at the end is the job as it is read.
    JsonNode read = rest.get("/v1/jobs?page_size=500").json().path("jobs");
    JsonNode last = told.getLast().path("job");
    assertThat(read.valueStream().filter(job -> job.path("id").asString().equals(id)))
        .containsExactly(last);

    String token = told.get(2).path("resume_token").asString();
    assertThat(all("/v1/jobs/" + id + ":watch?resume_token=" + token))
        .isEqualTo(told.subList(3, told.size()));
  }

  @Test
  void anEventSourceResumesByItselfAndStopsAtTheEnd() throws Exception {
    target.answer(hit -> hit.path().equals("/source") && hit.attempt() <= 10 ? 503 : 200);
    String id =
        create(
            "/source",
            ",\"delay\":\"1h\",\"max_retries\":10,"
                + "\"retry_policy\":{\"min_backoff\":\"50ms\",\"max_backoff\":\"50ms\"}");
    List<String> told = new ArrayList<>();
    String token = "";
    String last = "";
    // Some three messages, and then it breaks in the middle of one.
    try (var proxy = new CuttingProxy(shared.node().base(), 4_000);
        EventSource source = eventSource(proxy.base() + "/v1/jobs/" + id + ":watch")) {
      while (!last.startsWith("job_")) {
        if (source.readAnyEvent() instanceof MessageEvent message) {
          JsonNode json = Rest.json(message.getData());
          assertThat(json.path("type").asString()).isEqualTo(message.getEventName());
          assertThat(json.path("resume_token").asString()).isEqualTo(message.getLastEventId());
          token = message.getLastEventId();
          last = message.getEventName() + " " + json.path("attempt").path("number").asInt();
          if (!message.getEventName().equals("checkpoint")) {
            told.add(last);
          }
          if (last.equals("snapshot 0")) {
            shared.node().makeDue(id);
          }
        }
      }
      assertThat(proxy.cuts()).isGreaterThan(5);
    }
    // What it is answered when it comes once more: that it need not.
    var end = rest.call("GET", "/v1/jobs/" + id + ":watch", "", "Last-Event-ID", token);
    assertThat(end.status()).isEqualTo(204);
    List<String> story = new ArrayList<>(List.of("snapshot 0"));
    int attempts = (told.size() - 1) / 3;
    for (int i = 1; i <= attempts; i++) {
      story.add("attempt_started " + i);
      story.add("attempt_finished " + i);
      story.add((i < attempts ? "retry_scheduled " : "job_completed ") + i);
    }
    assertThat(told).isEqualTo(story).hasSize(1 + 3 * 11);
  }

  private static EventSource eventSource(String url) {
    return new EventSource.Builder(
            ConnectStrategy.http(URI.create(url))
                .header("Authorization", "Bearer " + shared.key())
                .readTimeout(20, TimeUnit.SECONDS))
        .retryDelay(10, TimeUnit.MILLISECONDS)
        .retryDelayStrategy(RetryDelayStrategy.defaultStrategy().backoffMultiplier(1))
        .errorStrategy(ErrorStrategy.alwaysContinue())
        .build();
  }

  @Test
  void watchesWhatAFilterAsksFor() throws Exception {
    target.answer(hit -> hit.path().startsWith("/bad") ? 500 : 200);
    try (var lines = lines("/v1/jobs:watch?label=batch%3D7&type=job_failed&type=job_created")) {
      assertThat(Rest.json(lines.readLine()).path("type").asString()).isEqualTo("checkpoint");
      create("/bad/other", ",\"max_retries\":0");
      create("/good", ",\"labels\":{\"batch\":\"7\"}");
      String bad = create("/bad/ours", ",\"max_retries\":0,\"labels\":{\"batch\":\"7\"}");
      List<String> told = new ArrayList<>();
      while (told.size() < 3) {
        JsonNode message = Rest.json(lines.readLine());
        if (!message.path("type").asString().equals("checkpoint")) {
          told.add(message.path("type").asString());
        }
        if (told.size() == 3) {
          assertThat(message.path("job").path("id").asString()).isEqualTo(bad);
          assertThat(message.path("attempt").path("status_code").asInt()).isEqualTo(500);
        }
      }
      assertThat(told).containsExactly("job_created", "job_created", "job_failed");
    }
  }

  @Test
  void tellsTheStatesFirst() throws Exception {
    List<String> jobs = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      jobs.add(create("/later", ",\"delay\":\"1h\",\"labels\":{\"states\":\"%d\"}".formatted(i)));
    }
    String ids = "id=" + String.join("&id=", jobs);
    try (var lines = lines("/v1/jobs:watch?" + ids)) {
      for (int i = 2; i >= 0; i--) {
        JsonNode message = Rest.json(lines.readLine());
        assertThat(message.path("type").asString()).isEqualTo("snapshot");
        assertThat(message.path("job").path("id").asString()).isEqualTo(jobs.get(i));
      }
      assertThat(Rest.json(lines.readLine()).path("type").asString()).isEqualTo("checkpoint");
      rest.call("DELETE", "/v1/jobs/" + jobs.get(1), "");
      JsonNode cancelled = Rest.json(lines.readLine());
      assertThat(cancelled.path("type").asString()).isEqualTo("job_cancelled");
      assertThat(cancelled.path("job").path("status").asString()).isEqualTo("cancelled");
    }
    try (var lines = lines("/v1/jobs:watch?status=cancelled&" + ids)) {
      assertThat(Rest.json(lines.readLine()).path("job").path("id").asString())
          .isEqualTo(jobs.get(1));
      assertThat(Rest.json(lines.readLine()).path("type").asString()).isEqualTo("checkpoint");
    }
  }

  @Test
  void aQuietWatchIsToldWhereItStands() throws Exception {
    String id = create("/later", ",\"delay\":\"1h\"");
    try (var lines = lines("/v1/jobs/" + id + ":watch", "Accept", EVENTS)) {
      assertThat(lines.readLine()).startsWith("id: ");
      assertThat(lines.readLine()).isEqualTo("event: snapshot");
      assertThat(lines.readLine()).startsWith("data: {");
      assertThat(lines.readLine()).isEmpty();
      long quietSince = System.nanoTime();
      assertThat(lines.readLine()).startsWith("id: ");
      assertThat(lines.readLine()).isEqualTo("event: checkpoint");
      assertThat(Duration.ofNanos(System.nanoTime() - quietSince))
          .isBetween(Duration.ofSeconds(3), Duration.ofSeconds(10));
    }
  }

  @Test
  void saysWhichTokenStillWorks() throws Exception {
    target.answer(_ -> 200);
    String id = create("/old", "");
    Await.until(
        "it ends", () -> !rest.get("/v1/jobs/" + id).json().path("finished_at").isMissingNode());
    JsonNode oldest = all("/v1/jobs/" + id + ":watch").getFirst();
    String old = ResumeToken.behind(0).textForAnyFilter();
    try (var database = shared.node().database();
        var statement = database.createStatement()) {
      statement.execute("update feed set horizon = (select max(position) from events)");
      var answer = rest.get("/v1/jobs:watch?resume_token=" + old);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.json().path("code").asInt()).isEqualTo(Status.Code.OUT_OF_RANGE.value());
      JsonNode info = answer.json().path("details").path(0);
      assertThat(info.path("reason").asString()).isEqualTo("RESUME_TOKEN_TOO_OLD");
      String works = info.path("metadata").path("oldest_resume_token").asString();
      try (var lines = lines("/v1/jobs:watch?resume_token=" + works)) {
        assertThat(Rest.json(lines.readLine()).path("type").asString()).isEqualTo("checkpoint");
        String next = create("/next", ",\"delay\":\"1h\"");
        JsonNode message = Rest.json(lines.readLine());
        assertThat(message.path("type").asString()).isEqualTo("job_created");
        assertThat(message.path("job").path("id").asString()).isEqualTo(next);
      }
      statement.execute("update feed set horizon = 0");
    }
    assertThat(oldest.path("type").asString()).isEqualTo("snapshot");
  }

  @Test
  void refusesWhatItCannotTell() throws Exception {
    for (String wrong :
        List.of("?resume_token=nonsense", "?id=job_1", "?label=x", "?type=type_unspecified")) {
      var answer = rest.get("/v1/jobs:watch" + wrong);
      assertThat(answer.status()).as(wrong).isEqualTo(400);
      assertThat(answer.json().path("details").path(0).path("reason").asString())
          .isEqualTo("INVALID_FIELDS");
    }
    String unknown = "job_01kb3q0v7hfz3s9t6mbd1w8x2c";
    assertThat(rest.get("/v1/jobs/" + unknown + ":watch").status()).isEqualTo(404);
    assertThat(rest.get("/v1/jobs:watch?id=" + unknown).status()).isEqualTo(404);
    assertThat(rest.get("/v1/jobs/" + unknown + ":await").status()).isEqualTo(404);
    assertThat(new Rest(shared.node().base(), "").get("/v1/jobs:watch").status()).isEqualTo(401);
  }

  @Test
  void aCreateWaitsForTheEnd() throws Exception {
    target.answer(_ -> 200);
    var ended =
        rest.post("/v1/jobs", "{\"url\":\"%s\",\"wait\":\"20s\"}".formatted(target.url("/now")));
    assertThat(ended.status()).isEqualTo(201);
    assertThat(ended.header("location")).endsWith(ended.json().path("id").asString());
    assertThat(ended.json().path("status").asString()).isEqualTo("completed");
    assertThat(ended.json().path("last_attempt").path("status_code").asInt()).isEqualTo(200);

    String later = "{\"url\":\"%s\",\"delay\":\"1h\",\"wait\":\"50ms\"}";
    var waiting = rest.post("/v1/jobs", later.formatted(target.url("/later")));
    assertThat(waiting.status()).isEqualTo(201);
    assertThat(waiting.json().path("status").asString()).isEqualTo("pending");
    assertThat(rest.post("/v1/jobs", "{\"url\":\"http://a/\",\"wait\":\"6m\"}").status())
        .isEqualTo(400);
  }

  @Test
  void awaitsTheEndOfAJob() throws Exception {
    String id = create("/later", ",\"delay\":\"1h\"");
    var still = rest.get("/v1/jobs/" + id + ":await?wait=50ms");
    assertThat(still.json().path("status").asString()).isEqualTo("pending");
    var cancel =
        Thread.ofVirtual()
            .start(() -> {
              try {
                rest.post("/v1/jobs/" + id + ":cancel", "");
              } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    var ended = rest.get("/v1/jobs/" + id + ":await");
    cancel.join();
    assertThat(ended.json().path("status").asString()).isEqualTo("cancelled");
  }

  @Test
  void endsWatchesWhenItStops(@TempDir Path other) throws Exception {
    try (var stopping = RingbackNode.start(other);
        var client = stopping.client()) {
      Iterator<WatchMessage> told =
          client.lastingJobs().watchJobs(WatchJobsRequest.getDefaultInstance());
      assertThat(told.next().getType()).isEqualTo(WatchMessage.Type.checkpoint);
      URLConnection byRest =
          URI.create(stopping.base() + "/v1/jobs:watch").toURL().openConnection();
      byRest.setRequestProperty("Authorization", "Bearer " + RingbackNode.KEY);
      try (var lines =
          new BufferedReader(
              new InputStreamReader(byRest.getInputStream(), StandardCharsets.UTF_8))) {
        assertThat(lines.readLine()).contains("checkpoint");
        stopping.beginTerminate();
        StatusRuntimeException end =
            catchThrowableOfType(
                StatusRuntimeException.class,
                () -> {
                  while (told.hasNext()) {
                    told.next();
                  }
                });
        assertThat(end.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        String last = lines.readLine();
        while (last.contains("checkpoint")) {
          last = lines.readLine();
        }
        assertThat(last).startsWith("{\"error\":{").contains("OVERLOADED").contains("resume");
        assertThat(lines.readLine()).isNull();
      }
      stopping.terminate();
    }
  }
}
