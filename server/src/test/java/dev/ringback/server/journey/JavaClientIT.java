package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.ringback.client.CreateJob;
import dev.ringback.client.Job;
import dev.ringback.client.ListJobs;
import dev.ringback.client.RetryPolicy;
import dev.ringback.client.RingbackClient;
import dev.ringback.client.SigningSecret;
import dev.ringback.client.Watch;
import dev.ringback.client.WatchMessage;
import dev.ringback.client.WatchMessage.Type;
import dev.ringback.client.webhook.Delivery;
import dev.ringback.client.webhook.WebhookFilter;
import dev.ringback.client.webhook.WebhookVerifier;
import dev.ringback.server.Await;
import dev.ringback.server.LastingPort;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The Java client through real Envoy, with nodes that die and connections that break. */
@Timeout(120)
class JavaClientIT {
  private static final String PORT = Integer.toString(LastingPort.find());

  @TempDir private static Path dataDir;
  private static RingbackNode node;
  private static RingbackClient client;
  private static CallbackTarget target;

  @BeforeAll
  static void start() throws Exception {
    target = new CallbackTarget();
    node = startNode();
    client = client(node.base());
  }

  @AfterAll
  static void stop() throws InterruptedException {
    client.close();
    node.close();
    target.close();
  }

  private static RingbackClient client(String endpoint) {
    return RingbackClient.builder()
        .endpoint(endpoint)
        .apiKey(RingbackNode.KEY)
        .timeout(Duration.ofSeconds(60))
        .build();
  }

  /** Kills the node, and starts it again where it was. */
  private static void restart(Runnable meanwhile) throws Exception {
    node.kill();
    meanwhile.run();
    node = startNode();
  }

  private static RingbackNode startNode() throws Exception {
    return RingbackNode.start(dataDir, Map.of("RINGBACK_HTTP_PORT", PORT));
  }

  private static CreateJob job(String path) {
    return CreateJob.to(target.url(path));
  }

  @Test
  void aWatchGoesOnWhereItWasWhenTheNodeDies() throws Exception {
    target.answer(hit -> hit.path().equals("/twice") && hit.attempt() == 1 ? 500 : 200);
    Job job =
        client
            .jobs()
            .create(
                job("/twice")
                    .delay(Duration.ofHours(1))
                    .retryPolicy(
                        RetryPolicy.between(Duration.ofSeconds(2), Duration.ofSeconds(2))));
    List<Type> told = new ArrayList<>();
    try (Watch watch = client.jobs().watch(job.id())) {
      for (WatchMessage message : watch) {
        told.add(message.type());
        if (message.type() == Type.SNAPSHOT) {
          node.makeDue(job.id());
        } else if (message.type() == Type.RETRY_SCHEDULED) {
          restart(() -> {});
        }
      }
    }
    assertThat(told)
        .containsExactly(
            Type.SNAPSHOT,
            Type.ATTEMPT_STARTED,
            Type.ATTEMPT_FINISHED,
            Type.RETRY_SCHEDULED,
            Type.ATTEMPT_STARTED,
            Type.ATTEMPT_FINISHED,
            Type.JOB_COMPLETED);
  }

  @Test
  void aWatchLosesNothingOnConnectionsThatBreakAnywhere() throws Exception {
    target.answer(hit -> 500);
    int retries = 12;
    List<Type> expected = new ArrayList<>(List.of(Type.SNAPSHOT));
    for (int attempt = 0; attempt <= retries; attempt++) {
      expected.addAll(List.of(Type.ATTEMPT_STARTED, Type.ATTEMPT_FINISHED));
      expected.add(attempt < retries ? Type.RETRY_SCHEDULED : Type.JOB_FAILED);
    }
    // Lengths that cut in the middle of a frame, each in another place.
    for (int bytes : new int[] {4_001, 5_003, 6_007}) {
      try (var proxy = new CuttingProxy(node.base(), bytes);
          var cut = client(proxy.base())) {
        Job job =
            client
                .jobs()
                .create(
                    job("/often")
                        .delay(Duration.ofHours(1))
                        .maxRetries(retries)
                        .retryPolicy(
                            RetryPolicy.between(Duration.ofMillis(10), Duration.ofMillis(10))));
        List<Type> told = new ArrayList<>();
        try (Watch watch = cut.jobs().watch(job.id())) {
          for (WatchMessage message : watch) {
            told.add(message.type());
            if (message.type() == Type.SNAPSHOT) {
              node.makeDue(job.id());
            }
          }
        }
        assertThat(told).isEqualTo(expected);
        assertThat(proxy.cuts()).as("connections that broke").isGreaterThan(1);
      }
    }
  }

  @Test
  void aCreateIsOneJobThoughTheNodeDies() throws Exception {
    target.answer(hit -> 200);
    List<CompletableFuture<Job>> created = new ArrayList<>();
    restart(() -> {
      for (int i = 0; i < 20; i++) {
        created.add(
            CompletableFuture.supplyAsync(
                () -> client.jobs().create(job("/created").label("by", "restart"))));
      }
    });
    List<String> ids = created.stream().map(CompletableFuture::join).map(Job::id).toList();
    assertThat(ids).doesNotHaveDuplicates();
    List<String> listed =
        client.jobs().list(ListJobs.all().label("by", "restart").pageSize(7)).stream()
            .map(Job::id)
            .toList();
    assertThat(listed).containsExactlyInAnyOrderElementsOf(ids);
    for (String id : ids) {
      assertThat(client.jobs().await(id, Duration.ofSeconds(30)).status())
          .isEqualTo(Job.Status.COMPLETED);
    }
  }

  @Test
  void callbacksAreSignedAlsoWhileASecretIsReplaced() throws Exception {
    String old = client.signingSecrets().list().getFirst().secret();
    BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try {
      SigningSecret made = client.signingSecrets().rotate(Duration.ofHours(1));
      assertThat(client.signingSecrets().list())
          .extracting(SigningSecret::secret)
          .containsExactly(made.secret(), old);
      receive(server, "/old", old, deliveries);
      receive(server, "/new", made.secret(), deliveries);
      server.start();
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      // Small ones come with the claim, large ones are read before the call.
      for (int size : new int[] {0, 100, 200_000}) {
        byte[] body = new byte[size];
        new Random(size).nextBytes(body);
        for (String path : List.of("/old", "/new")) {
          Job job =
              client
                  .jobs()
                  .create(
                      CreateJob.to(url + path)
                          .body(body)
                          .maxRetries(20)
                          .retryPolicy(
                              RetryPolicy.between(Duration.ofMillis(500), Duration.ofMillis(500))));
          assertThat(client.jobs().await(job.id(), Duration.ofSeconds(30)).status())
              .as(path + " of " + size)
              .isEqualTo(Job.Status.COMPLETED);
          Delivery delivery = deliveries.poll(10, TimeUnit.SECONDS);
          assertThat(delivery).isNotNull();
          assertThat(Arrays.equals(delivery.body(), body)).isTrue();
          assertThat(client.jobs().executions(job.id()).first().items().getFirst().id())
              .isEqualTo(delivery.id());
        }
      }
      client.signingSecrets().rotate(Duration.ZERO);
      Await.until(
          "the secret that was ended signs no more",
          Duration.ofSeconds(30),
          () -> {
            Job job = client.jobs().create(CreateJob.to(url + "/old").maxRetries(0));
            return client.jobs().await(job.id(), Duration.ofSeconds(30)).status()
                == Job.Status.FAILED;
          });
    } finally {
      server.stop(0);
    }
  }

  /** Keeps the callbacks that are signed with a secret. */
  private static void receive(
      HttpServer server, String path, String secret, BlockingQueue<Delivery> deliveries) {
    server
        .createContext(
            path,
            exchange -> {
              deliveries.add(WebhookFilter.delivery(exchange));
              exchange.sendResponseHeaders(204, -1);
              exchange.close();
            })
        .getFilters()
        .add(new WebhookFilter(WebhookVerifier.of(secret)));
  }
}
