package dev.ringback.server.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.journey.CallbackTarget.Hit;
import dev.ringback.server.journey.Rest.Answer;
import dev.ringback.server.launch.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** From a user's first call to the callback: real Envoy, real PostgreSQL, real HTTP target. */
class FirstCallbackIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir private static Path dataDir;
  private static RingbackNode node;
  private static Rest rest;

  private CallbackTarget target;

  @BeforeAll
  static void startNode() throws Exception {
    node = RingbackNode.startFromNothing(dataDir, Map.of("RINGBACK_RETRY_MIN_BACKOFF", "50ms"));
    rest = new Rest(node.base(), RingbackNode.KEY);
  }

  @AfterAll
  static void stopNode() throws InterruptedException {
    rest.close();
    node.close();
  }

  @BeforeEach
  void startTarget() throws IOException {
    target = new CallbackTarget();
  }

  @AfterEach
  void stopTarget() {
    target.close();
  }

  /** Runs a command line as a user types it, with only host and key changed. */
  private JsonNode sh(String command) throws IOException, InterruptedException {
    ProcessBuilder shell = new ProcessBuilder("bash", "-c", command.replace("curl ", "curl -sS "));
    shell.environment().put("BASE", node.base());
    shell.environment().put("KEY", RingbackNode.KEY);
    Process process = shell.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return Rest.json(output);
  }

  private String on(String command) {
    return command.replace("TARGET", target.url(""));
  }

  private Hit awaitHit(String path) throws Exception {
    Await.until("a call of " + path, SOON, () -> !target.hits(path).isEmpty());
    return target.hits(path).getFirst();
  }

  private JsonNode awaitStatus(String id, String status) throws Exception {
    return Await.some(
        id + " is " + status,
        SOON,
        () -> {
          JsonNode job = rest.get("/v1/jobs/" + id).json();
          return job.path("status").asString().equals(status) ? Optional.of(job) : Optional.empty();
        });
  }

  @Test
  void reminderWhoseTimeHasPassedIsSentNow() throws Exception {
    JsonNode job =
        sh(
            on(
                """
                curl -X POST $BASE/v1/jobs -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -d '{"url":"TARGET/api/send-reminder","method":"POST","body":"{\\"userId\\":\\"user_123\\",\\"type\\":\\"trial-expiry\\"}","headers":{"Content-Type":"application/json"},"scheduled_at":"2026-03-30T10:00:00Z","max_retries":3}'
                """));

    Hit hit = awaitHit("/api/send-reminder");
    assertThat(hit.method()).isEqualTo("POST");
    assertThat(hit.text()).isEqualTo("{\"userId\":\"user_123\",\"type\":\"trial-expiry\"}");
    assertThat(hit.headers())
        .containsEntry("content-type", "application/json")
        .containsEntry("x-ringback-attempt", "1")
        .containsEntry("x-fliq-delivery-id", hit.deliveryId());
    assertThat(hit.headers().get("user-agent")).startsWith("Ringback/");

    JsonNode done = awaitStatus(job.path("id").asString(), "completed");
    assertThat(done.path("scheduled_at").asString()).isEqualTo("2026-03-30T10:00:00Z");
    assertThat(done.path("max_retries").asInt()).isEqualTo(3);
    assertThat(done.path("attempt_count").asInt()).isEqualTo(1);
    assertThat(done.path("last_attempt").path("status_code").asInt()).isEqualTo(200);

    JsonNode history = rest.get("/v1/jobs/" + job.path("id").asString() + "/attempts").json();
    assertThat(history.path("attempts").size()).isEqualTo(1);
    JsonNode attempt = history.path("attempts").get(0);
    assertThat(attempt.path("number").asInt()).isEqualTo(1);
    assertThat(attempt.path("status").asString()).isEqualTo("succeeded");
    assertThat(attempt.path("execution_id").asString()).isEqualTo(hit.deliveryId());
    assertThat(attempt.path("request_headers").path("webhook-id").asString())
        .isEqualTo(hit.deliveryId());
    assertThat(attempt.path("response_body").asString()).isEqualTo("{\"ok\":true}");
    assertThat(attempt.path("response_truncated").asBoolean()).isFalse();
    assertThat(attempt.path("node").asString()).isNotEmpty();
  }

  @Test
  void welcomeByTheOtherPathAndNamesWaitsForItsTime() throws Exception {
    JsonNode job =
        sh(
            on(
                """
                curl -X POST $BASE/jobs -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -d '{"url":"TARGET/api/send-welcome","http_method":"POST","scheduled_at":"2027-06-12T10:30:00Z","headers":{"Content-Type":"application/json"},"body":"{\\"email\\":\\"user@example.com\\"}","max_retries":3}'
                """));
    assertThat(job.path("status").asString()).isEqualTo("pending");
    assertThat(job.path("method").asString()).isEqualTo("POST");
    assertThat(job.path("next_run_at").asString()).isEqualTo("2027-06-12T10:30:00Z");

    node.makeDue(job.path("id").asString());
    assertThat(awaitHit("/api/send-welcome").text()).isEqualTo("{\"email\":\"user@example.com\"}");
    awaitStatus(job.path("id").asString(), "completed");
    assertThat(rest.get("/jobs/" + job.path("id").asString()).status()).isEqualTo(200);
  }

  @Test
  void nightlyFiresAgainAndAgain() throws Exception {
    JsonNode job =
        sh(
            on(
                """
                curl -X POST $BASE/v1/jobs -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -d '{"url":"TARGET/api/nightly","method":"POST","cron":"0 0 * * *","max_retries":2}'
                """));
    String id = job.path("id").asString();
    assertThat(job.path("cron").asString()).isEqualTo("0 0 * * *");
    assertThat(job.path("time_zone").asString()).isEqualTo("UTC");
    assertThat(job.path("next_run_at").asString()).endsWith("T00:00:00Z");

    for (int firing = 1; firing <= 3; firing++) {
      int fired = firing;
      node.makeDue(id);
      Await.until("firing " + fired, SOON, () -> target.hits("/api/nightly").size() == fired);
      Await.until(
          "the next firing is planned",
          SOON,
          () -> {
            JsonNode now = rest.get("/v1/jobs/" + id).json();
            return now.path("status").asString().equals("pending")
                && now.path("attempt_count").asInt() == fired
                && now.path("next_run_at").asString().endsWith("T00:00:00Z");
          });
    }
    assertThat(target.hits("/api/nightly").stream().map(Hit::deliveryId)).doesNotHaveDuplicates();
    JsonNode executions = rest.get("/v1/jobs/" + id + "/executions").json().path("executions");
    assertThat(executions.valueStream().map(e -> e.path("status").asString()))
        .containsExactly("pending", "completed", "completed", "completed");
  }

  @Test
  void jobIsReadByItsId() throws Exception {
    String id =
        rest.post("/v1/jobs", on("{\"url\":\"TARGET/read\",\"delay\":\"1h\"}"))
            .json()
            .path("id")
            .asString();
    JsonNode job =
        sh(
            """
            curl        $BASE/v1/jobs/JOB_ID -H "Authorization: Bearer $KEY"
            """
                .replace("JOB_ID", id));
    assertThat(job.path("id").asString()).isEqualTo(id);
    assertThat(job.path("url").asString()).isEqualTo(target.url("/read"));
  }

  @Test
  void queueCallsNow() throws Exception {
    JsonNode job =
        sh(
            on(
                """
                curl -X POST $BASE/api/v1/queue -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -d '{"url":"TARGET/api/send-notification","method":"POST","body":"{\\"user_id\\":\\"123\\"}"}'
                """));
    assertThat(awaitHit("/api/send-notification").text()).isEqualTo("{\"user_id\":\"123\"}");
    awaitStatus(job.path("id").asString(), "completed");
  }

  @Test
  void fetchRelaysTheRawRequestLater() throws Exception {
    Instant before = Instant.now();
    JsonNode job =
        sh(
            on(
                """
                curl -X POST $BASE/v1/fetch -H "Authorization: Bearer $KEY" -H "X-Fetch-Url: TARGET/jobs/send-welcome-email" -H "X-Delay: 24h" -H "Content-Type: application/json" -d '{"userId":"user_456"}'
                """));
    assertThat(Instant.parse(job.path("next_run_at").asString()))
        .isBetween(
            before.plus(Duration.ofHours(24)).minusSeconds(5),
            Instant.now().plus(Duration.ofHours(24)).plusSeconds(5));
    assertThat(target.hits()).isEmpty();

    node.makeDue(job.path("id").asString());
    Hit hit = awaitHit("/jobs/send-welcome-email");
    assertThat(hit.method()).isEqualTo("POST");
    assertThat(hit.text()).isEqualTo("{\"userId\":\"user_456\"}");
    assertThat(hit.headers()).containsEntry("content-type", "application/json");
    assertThat(hit.headers()).doesNotContainKey("authorization");
  }

  @Test
  void fetchRelaysMethodAndBytesAsTheyAre() throws Exception {
    sh(
        on(
            """
            head -c 1000 /dev/zero | tr '\\0' '\\377' | curl -X PUT $BASE/v1/fetch -H "Authorization: Bearer $KEY" -H "X-Fetch-Url: TARGET/bytes" -H "Content-Type: application/x-thing" --data-binary @-
            """));
    Hit hit = awaitHit("/bytes");
    assertThat(hit.method()).isEqualTo("PUT");
    assertThat(hit.headers()).containsEntry("content-type", "application/x-thing");
    assertThat(hit.body()).hasSize(1000).containsOnly(0xff);
  }

  @Test
  void failuresAreRetriedUnderOneDeliveryId() throws Exception {
    target.answer(hit -> hit.attempt() < 3 ? 500 : 200);
    String id =
        rest.post("/v1/jobs", on("{\"url\":\"TARGET/flaky\"}")).json().path("id").asString();

    JsonNode job = awaitStatus(id, "completed");
    assertThat(job.path("attempt_count").asInt()).isEqualTo(3);
    List<Hit> hits = target.hits("/flaky");
    assertThat(hits.stream().map(Hit::attempt)).containsExactly(1, 2, 3);
    assertThat(hits.stream().map(Hit::deliveryId).distinct()).hasSize(1);
    JsonNode attempts = rest.get("/v1/jobs/" + id + "/attempts").json().path("attempts");
    assertThat(attempts.valueStream().map(a -> a.path("status").asString()))
        .containsExactly("failed", "failed", "succeeded");
    assertThat(attempts.get(0).path("error").path("class").asString()).isEqualTo("status");
    assertThat(attempts.get(0).path("status_code").asInt()).isEqualTo(500);
  }

  @Test
  void retriesEndAtMaxRetries() throws Exception {
    target.answer(_ -> 503);
    String id =
        rest.post("/v1/jobs", on("{\"url\":\"TARGET/down\",\"max_retries\":2}"))
            .json()
            .path("id")
            .asString();

    JsonNode job = awaitStatus(id, "failed");
    assertThat(job.path("attempt_count").asInt()).isEqualTo(3);
    assertThat(job.path("finished_at").asString()).isNotEmpty();
    assertThat(target.hits("/down")).hasSize(3);
  }

  /** Four creates in parallel: now, in an hour, in a day, and by cron. */
  @Test
  void onboarding() throws Exception {
    Instant now = Instant.now();
    List<String> bodies =
        List.of(
            "{\"url\":\"TARGET/onboarding/now\",\"labels\":{\"flow\":\"onboarding\"}}",
            "{\"url\":\"TARGET/onboarding/hour\",\"labels\":{\"flow\":\"onboarding\"},\"scheduled_at\":\""
                + now.plus(Duration.ofHours(1))
                + "\"}",
            "{\"url\":\"TARGET/onboarding/day\",\"labels\":{\"flow\":\"onboarding\"},\"scheduled_at\":\""
                + now.plus(Duration.ofDays(1))
                + "\"}",
            "{\"url\":\"TARGET/onboarding/cron\",\"labels\":{\"flow\":\"onboarding\"},\"cron\":\"0 9 * * 1\"}");
    Set<String> ids = new HashSet<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Answer>> calls = new ArrayList<>();
      bodies.forEach(body -> calls.add(() -> rest.post("/v1/jobs", on(body))));
      for (Future<Answer> answer : threads.invokeAll(calls)) {
        assertThat(answer.get().status()).isEqualTo(201);
        assertThat(answer.get().header("location"))
            .isEqualTo("/v1/jobs/" + answer.get().json().path("id").asString());
        ids.add(answer.get().json().path("id").asString());
      }
    }
    assertThat(ids).hasSize(4);

    JsonNode listed = rest.get("/v1/jobs?label=flow%3Donboarding").json().path("jobs");
    assertThat(listed.valueStream().map(job -> job.path("id").asString()))
        .containsExactlyInAnyOrderElementsOf(ids);

    awaitHit("/onboarding/now");
    assertThat(target.hits()).hasSize(1);
    for (String id : ids) {
      node.makeDue(id);
    }
    for (String path : List.of("hour", "day", "cron")) {
      awaitHit("/onboarding/" + path);
    }
    Await.until(
        "three are completed and the cron job waits for its next firing",
        SOON,
        () -> {
          JsonNode jobs = rest.get("/v1/jobs?label=flow%3Donboarding").json().path("jobs");
          List<String> statuses =
              jobs.valueStream().map(job -> job.path("status").asString()).sorted().toList();
          return statuses.equals(List.of("completed", "completed", "completed", "pending"));
        });
    assertThat(target.hits()).hasSize(4);
  }

  /** Although all of loopback is allowed. Envoy's port is everyone's, as are targets there. */
  @Test
  void noJobReachesThePortsOfTheNodeItself() throws Exception {
    int database = EmbeddedPostgres.running(dataDir).orElseThrow().port();
    for (int port : List.of(port(node.grpcUrl()), port(node.readyUrl()), database)) {
      JsonNode error = failsAt(port);
      assertThat(error.path("class").asString()).isEqualTo("blocked_address");
      assertThat(error.path("message").asString())
          .isEqualTo("callbacks may not reach port " + port + " of 127.0.0.1");
    }
    assertThat(failsAt(port(node.base())).path("class").asString()).isEqualTo("status");
  }

  private static int port(String url) {
    return URI.create(url).getPort();
  }

  /** What is said of a call that must fail. */
  private JsonNode failsAt(int port) throws Exception {
    String spec = "{\"url\":\"http://127.0.0.1:%d/v1/jobs\",\"method\":\"GET\",\"max_retries\":0}";
    JsonNode job = rest.post("/v1/jobs", spec.formatted(port)).json();
    return awaitStatus(job.path("id").asString(), "failed").path("last_attempt").path("error");
  }
}
