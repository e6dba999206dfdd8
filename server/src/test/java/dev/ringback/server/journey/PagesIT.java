package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.ringback.v1.Attempt;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.ListAttemptsRequest;
import dev.ringback.v1.ListAttemptsResponse;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.ListJobsResponse;
import dev.ringback.v1.RetryPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Answers of which there is much are messages that gRPC clients take, and lose nothing. */
class PagesIT {
  /** What clients take unless they are told otherwise. */
  private static final int LIMIT = 4 << 20;

  private static final int ATTEMPTS = 100;

  @RegisterExtension private static final SharedNode shared = new SharedNode();
  private static StubClient client;
  private static Rest rest;

  @BeforeAll
  static void start() throws Exception {
    client = shared.client();
    rest = shared.rest();
  }

  @AfterAll
  static void stop() {
    rest.close();
    client.close();
  }

  /** With bodies of which each byte takes six in JSON. */
  @Test
  void attemptsWithLargeAnswers() throws Exception {
    byte[] body = new byte[64 << 10];
    Arrays.fill(body, (byte) '<');
    HttpServer target =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    target.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(500, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    target.start();
    Job job =
        client
            .lastingJobs()
            .createJob(
                CreateJobRequest.newBuilder()
                    .setUrl("http://127.0.0.1:" + target.getAddress().getPort() + "/")
                    .setMaxRetries(ATTEMPTS - 1)
                    .setRetryPolicy(
                        RetryPolicy.newBuilder().setMinBackoff("10ms").setMaxBackoff("10ms"))
                    .setWait("60s")
                    .build());
    target.stop(0);
    assertThat(job.getStatus()).isEqualTo(Job.Status.failed);
    assertThat(job.getSerializedSize()).isLessThan(LIMIT);

    List<Integer> numbers = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    String token = "";
    do {
      ListAttemptsResponse page =
          client
              .jobs()
              .listAttempts(
                  ListAttemptsRequest.newBuilder()
                      .setJobId(job.getId())
                      .setPageSize(500)
                      .setPageToken(token)
                      .build());
      assertThat(page.getSerializedSize()).isLessThanOrEqualTo(LIMIT);
      page.getAttemptsList().stream().map(Attempt::getNumber).forEach(numbers::add);
      sizes.add(page.getAttemptsCount());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    List<Integer> all = IntStream.rangeClosed(1, ATTEMPTS).boxed().toList();
    assertThat(numbers).isEqualTo(all);
    assertThat(sizes).as("as many as fit").hasSize(2).first().isEqualTo(63);

    JsonNode first = attempts(job.getId(), "");
    JsonNode second = attempts(job.getId(), first.path("next_page_token").asString());
    numbers.clear();
    for (JsonNode page : List.of(first, second)) {
      page.path("attempts").forEach(attempt -> numbers.add(attempt.path("number").asInt()));
    }
    assertThat(numbers).isEqualTo(all);
    assertThat(first.path("attempts").path(0).path("response_body").asString())
        .hasSize(body.length);
  }

  private static JsonNode attempts(String job, String token) throws Exception {
    return rest.get("/v1/jobs/" + job + "/attempts?page_size=500&page_token=" + token).json();
  }

  @Test
  void jobsWithLongUrls() {
    String url = "http://127.0.0.1:9/";
    CreateJobRequest longest =
        CreateJobRequest.newBuilder()
            .setUrl(url + "p".repeat(8_192 - url.length()))
            .putLabels("of", "v".repeat(255))
            .setDelay("24h")
            .build();
    BatchCreateJobsRequest batch =
        BatchCreateJobsRequest.newBuilder()
            .addAllRequests(Collections.nCopies(1_000, longest))
            .build();
    assertThat(batch.getSerializedSize()).isGreaterThan(LIMIT);
    List<String> created = new ArrayList<>();
    var answer = client.jobs().batchCreateJobs(batch);
    assertThat(answer.getSerializedSize()).isLessThan(LIMIT);
    answer.getJobsList().stream().map(Job::getId).forEach(created::add);

    List<String> listed = new ArrayList<>();
    String token = "";
    do {
      ListJobsResponse page =
          client
              .jobs()
              .listJobs(
                  ListJobsRequest.newBuilder()
                      .addStatus(Job.Status.pending)
                      .setPageSize(500)
                      .setPageToken(token)
                      .build());
      assertThat(page.getSerializedSize()).isLessThanOrEqualTo(LIMIT);
      assertThat(page.getJobsCount()).isLessThan(500);
      page.getJobsList().stream().map(Job::getId).forEach(listed::add);
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(listed).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(created);
  }
}
