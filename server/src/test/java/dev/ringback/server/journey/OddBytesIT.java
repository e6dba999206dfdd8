package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.journey.CallbackTarget.Hit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Requests as no client of ours sends them, through Envoy: they are refused as their sender's
 * mistake, or mean what they say.
 */
class OddBytesIT {
  private static final String URL = "X-Fetch-Url: http://127.0.0.1:9/";
  private static final String LATER = "X-Delay: 24h";

  @RegisterExtension private static final SharedNode shared = new SharedNode();

  private record Answer(int status, JsonNode json) {
    List<String> fields() {
      return json.path("details")
          .valueStream()
          .flatMap(detail -> detail.path("field_violations").valueStream())
          .map(violation -> violation.path("field").asString())
          .toList();
    }
  }

  /** Sends each character as a byte. */
  private static Answer send(String method, String path, String body, String... headers)
      throws IOException {
    URI base = URI.create(shared.node().base());
    String head =
        "%s %s HTTP/1.1\r\nHost: ringback\r\nConnection: close\r\nAuthorization: Bearer %s\r\n"
            .formatted(method, path, shared.key());
    String request =
        head
            + "Content-Length: %d\r\n".formatted(body.length())
            + String.join("", List.of(headers).stream().map(header -> header + "\r\n").toList())
            + "\r\n"
            + body;
    try (var socket = new Socket(base.getHost(), base.getPort())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int end = answer.indexOf("\r\n\r\n");
      return new Answer(
          Integer.parseInt(answer.substring(9, 12)), Rest.json(answer.substring(end + 4)));
    }
  }

  /** The bytes that a text has in UTF-8, as characters. */
  private static String utf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static void assertRefused(Answer answer, String field) {
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(400);
    assertThat(answer.json().path("code").asInt()).isEqualTo(3);
    assertThat(answer.fields()).containsExactly(field);
  }

  @ParameterizedTest
  @CsvSource({
    "GET,    /v1/jobs/%ff%fe,                        id",
    "GET,    /jobs/a%c3%28,                          id",
    "DELETE, /v1/jobs/%ff,                           id",
    "POST,   /v1/jobs/%ff:cancel,                    id",
    "GET,    /v1/jobs/%ff:await,                     id",
    "GET,    /v1/jobs/job_1:await?wait=%ff,          wait",
    "GET,    /v1/jobs/%ff/attempts,                  job_id",
    "GET,    /v1/jobs/job_1/executions?page_token=%ff, page_token",
    "GET,    /v1/jobs?page_token=%c3%28,             page_token",
    "GET,    /v1/jobs?label=a%3Db&label=a%3D%ff,     label",
    "GET,    /v1/jobs?label=a%3D%ed%a0%80,           label",
    "GET,    /v1/jobs:watch?resume_token=%00%ff,     resume_token",
    "GET,    /v1/jobs:watch?id=%ff,                  id",
    "GET,    /v1/jobs/job_1:watch?resume_token=%ff,  resume_token",
  })
  void whatIsNotUtf8IsToldByItsField(String method, String path, String field) throws Exception {
    assertRefused(send(method, path, ""), field);
    assertThat(shared.node().output()).doesNotContain("SEVERE", "io.grpc.internal");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/gr\u00fc", "text/\u00c3\u00bc", "text/plain\r\nContent-Type: a/b"})
  void aContentTypeIsOneInAscii(String type) throws Exception {
    assertRefused(
        send("POST", "/v1/fetch", "x", URL, LATER, "Content-Type: " + type), "content-type");
    assertThat(shared.node().output()).doesNotContain("SEVERE", "io.grpc.internal");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Fetch-Url: http://127.0.0.1:9/",
        "X-Delay: 24h",
        "X-Max-Retries: 1",
        "X-Max-Retry-Duration: 1h",
        "Idempotency-Key: k"
      })
  void whatAHeaderOfARelaySaysIsSure(String header) throws Exception {
    String name = header.substring(0, header.indexOf(':'));
    String field = name.toLowerCase(Locale.ROOT);
    String url = name.equals("X-Fetch-Url") ? "X-Other: x" : URL;
    assertThat(send("POST", "/v1/fetch", "x", url, header).status()).isEqualTo(201);
    for (String odd : List.of(header + "\u00fc", header + utf8("ü"), header + "\u00ff")) {
      assertRefused(send("POST", "/v1/fetch", "x", url, odd), field);
    }
    assertRefused(send("POST", "/v1/fetch", "x", url, header, header), field);
    assertRefused(send("POST", "/v1/fetch", "x", url, header, header + "1"), field);
  }

  @Test
  void anIdempotencyKeyIsSure() throws Exception {
    String job = "{\"url\":\"http://127.0.0.1:9/\",\"delay\":\"24h\"}";
    String json = "Content-Type: application/json";
    for (String[] headers :
        List.of(
            new String[] {json, "Idempotency-Key: a", "Idempotency-Key: b"},
            new String[] {json, "Idempotency-Key: a", "Idempotency-Key: a"},
            new String[] {json, "Idempotency-Key: " + utf8("ü")})) {
      assertRefused(send("POST", "/v1/jobs", job, headers), "idempotency-key");
      assertRefused(
          send("POST", "/v1/jobs:batchCreate", "{\"requests\":[" + job + "]}", headers),
          "idempotency-key");
    }
  }

  @Test
  void whereAWatchGoesOnIsSure() throws Exception {
    assertRefused(
        send("GET", "/v1/jobs:watch", "", "Last-Event-ID: a", "Last-Event-ID: b"), "last-event-id");
    assertRefused(send("GET", "/v1/jobs:watch", "", "Last-Event-ID: \u00ff"), "last-event-id");
  }

  @Test
  void aBodyArrivesAsWhatItWas() throws Exception {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write("{\"a\":1}".getBytes(StandardCharsets.UTF_8));
    }
    try (var target = new CallbackTarget()) {
      Answer answer =
          send(
              "POST",
              "/v1/fetch",
              packed.toString(StandardCharsets.ISO_8859_1),
              "X-Fetch-Url: " + target.url("/gr%C3%BC%C3%9Fe"),
              "Content-Type: application/json",
              "Content-Encoding: gzip",
              "Content-Language: de",
              "Content-Language: en",
              "Content-Location: /elsewhere");
      assertThat(answer.status()).as(answer.json().toString()).isEqualTo(201);
      assertThat(answer.json().path("url").asString()).isEqualTo(target.url("/gr%C3%BC%C3%9Fe"));
      Await.until("it is called", () -> !target.hits().isEmpty());
      Hit hit = target.hits().getFirst();
      assertThat(hit.path()).isEqualTo("/grüße");
      assertThat(hit.body()).isEqualTo(packed.toByteArray());
      assertThat(hit.headers())
          .containsEntry("content-type", "application/json")
          .containsEntry("content-encoding", "gzip")
          .containsEntry("content-language", "de, en")
          .doesNotContainKey("content-location");
    }
  }
}
