package billing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ringback.client.CreateJob;
import dev.ringback.client.Job;
import dev.ringback.client.ListJobs;
import dev.ringback.client.RetryPolicy;
import dev.ringback.client.RingbackClient;
import dev.ringback.client.RingbackException;
import dev.ringback.client.Watch;
import dev.ringback.client.WatchJobs;
import dev.ringback.client.WatchMessage;
import dev.ringback.client.webhook.Delivery;
import dev.ringback.client.webhook.WebhookFilter;
import dev.ringback.client.webhook.WebhookVerifier;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A billing service: it schedules reminders of invoices, receives them as callbacks, and keeps a
 * tally by a watch. Each callback fails once on purpose, some reminders are cancelled, and the
 * signing secret is rotated meanwhile. In the end the tally, the list of jobs and what was received
 * must agree, also when Ringback was killed and started again in between.
 *
 * <p>The secret that it rotates is the project's: run it in a project of its own.
 */
final class Billing {
  private final RingbackClient ringback;
  private final int count;
  private final String run = UUID.randomUUID().toString().substring(0, 8);
  private final Receiver receiver;
  private final Tally tally;

  private Billing(RingbackClient ringback, int count) throws IOException {
    this.ringback = ringback;
    this.count = count;
    this.receiver = new Receiver(ringback);
    this.tally = new Tally(count);
  }

  public static void main(String[] args) throws Exception {
    int count = args.length == 0 ? 40 : Integer.parseInt(args[0]);
    try (var ringback =
        RingbackClient.builder()
            .onRetry(retry ->
                System.err.println(
                    retry.call()
                        + " is tried again in "
                        + retry.delay().toMillis()
                        + " ms: "
                        + retry.error().getMessage()))
            .build()) {
      if (!new Billing(ringback, count).run()) {
        System.exit(1);
      }
    }
  }

  private boolean run() throws Exception {
    try (Watch watch = ringback.jobs().watchAll(WatchJobs.all().label("run", run))) {
      CompletableFuture<Void> watched = watch.start(tally::add);
      List<Job> jobs = new ArrayList<>();
      for (int invoice = 0; invoice < count; invoice++) {
        jobs.add(ringback.jobs().create(reminder(invoice)));
      }
      refusals();
      receiver.some.await(30, TimeUnit.SECONDS);
      System.out.println("ready");
      for (int invoice = 0; invoice < count; invoice++) {
        if (isDisputed(invoice)) {
          ringback.jobs().cancel(jobs.get(invoice).id());
        }
      }
      // A secret of one's own, so that the call is safe to repeat; the old one ends at once.
      ringback.signingSecrets().rotate(Duration.ZERO, newSecret());
      CompletableFuture.anyOf(watched, tally.all).get(90, TimeUnit.SECONDS);
    } finally {
      receiver.stop();
    }
    return agree();
  }

  /** Disputed invoices are reminded of far from now, and cancelled before that. */
  private static boolean isDisputed(int invoice) {
    return invoice % 10 == 9;
  }

  private CreateJob reminder(int invoice) {
    Duration due = Duration.ofSeconds(1).plusMillis(100L * invoice);
    return CreateJob.to(receiver.url)
        .json("{\"run\": \"%s\", \"invoice\": %d}".formatted(run, invoice))
        .delay(isDisputed(invoice) ? Duration.ofHours(1) : due)
        .maxRetries(20)
        .retryPolicy(RetryPolicy.between(Duration.ofMillis(100), Duration.ofSeconds(1)))
        .label("run", run)
        .label("invoice", Integer.toString(invoice))
        .idempotencyKey(run + "-" + invoice);
  }

  private static String newSecret() {
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    return "whsec_" + Base64.getEncoder().encodeToString(secret);
  }

  /** What Ringback refuses has a reason to switch on. */
  private void refusals() {
    List<CreateJob> wrong =
        List.of(reminder(0).json("{}"), CreateJob.to("nowhere").label("run", run));
    for (CreateJob job : wrong) {
      try {
        throw new IllegalStateException(ringback.jobs().create(job).id() + " must be refused");
      } catch (RingbackException e) {
        switch (e.reason()) {
          case IDEMPOTENCY_KEY_REUSED ->
              System.err.println("the key is that of " + e.metadata().get("job_id"));
          case INVALID_FIELDS ->
              e.fieldViolations()
                  .forEach(one -> System.err.println(one.field() + " " + one.description()));
          default -> throw e;
        }
      }
    }
  }

  private boolean agree() {
    Map<String, Job.Status> listed = new HashMap<>();
    Set<String> paid = new TreeSet<>();
    int attempts = 0;
    for (Job job : ringback.jobs().list(ListJobs.all().label("run", run).pageSize(7))) {
      listed.put(job.id(), job.status());
      attempts += job.attemptCount();
      if (job.status() == Job.Status.COMPLETED) {
        paid.add(job.labels().get("invoice"));
      }
    }
    boolean agree =
        listed.size() == count
            && listed.equals(tally.ended)
            && attempts == tally.attempts.get()
            && paid.equals(new TreeSet<>(receiver.paid.values()))
            && paid.size() == receiver.paid.size();
    System.out.printf(
        "%d reminders: %d paid, %d cancelled; %d attempts; %s%n",
        listed.size(),
        receiver.paid.size(),
        listed.values().stream().filter(status -> status == Job.Status.CANCELLED).count(),
        attempts,
        agree ? "tally and list agree" : "but the tally is " + tally + ", the list " + listed);
    return agree;
  }

  /** Keeps count by the watch, which tells each change once. */
  private static final class Tally {
    private final int count;
    private final CompletableFuture<Void> all = new CompletableFuture<>();
    private final Map<String, Job.Status> ended = new ConcurrentHashMap<>();
    private final AtomicInteger attempts = new AtomicInteger();

    Tally(int count) {
      this.count = count;
    }

    private void add(WatchMessage message) {
      switch (message.type()) {
        // A job that was there before the watch was: how it stands.
        case SNAPSHOT -> {
          attempts.addAndGet(message.job().get().attemptCount());
          addEnd(message.job().get());
        }
        case ATTEMPT_STARTED -> attempts.incrementAndGet();
        case JOB_COMPLETED, JOB_FAILED, JOB_CANCELLED -> addEnd(message.job().get());
        default -> {}
      }
    }

    private void addEnd(Job job) {
      if (job.status().isFinal() && ended.put(job.id(), job.status()) != null) {
        throw new IllegalStateException(job.id() + " was told twice");
      }
      if (ended.size() == count) {
        all.complete(null);
      }
    }

    @Override
    public String toString() {
      return attempts + " attempts, " + ended;
    }
  }

  /** Receives reminders, and takes each for paid once, however often it comes. */
  private static final class Receiver {
    private final HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    private final String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/remind";
    private final Set<String> failed = ConcurrentHashMap.newKeySet();
    private final Map<String, String> paid = new ConcurrentHashMap<>();
    private final CountDownLatch some = new CountDownLatch(5);

    Receiver(RingbackClient ringback) throws IOException {
      var verifier =
          WebhookVerifier.refreshing(ringback.signingSecrets()::secrets)
              .onRefreshError(e -> System.err.println("the secrets stay as they are: " + e));
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/remind", this::receive).getFilters().add(new WebhookFilter(verifier));
      server.start();
    }

    private void receive(HttpExchange exchange) throws IOException {
      Delivery delivery = WebhookFilter.delivery(exchange);
      boolean first = failed.add(delivery.id());
      if (!first && paid.put(delivery.id(), invoice(delivery)) == null) {
        some.countDown();
      }
      exchange.sendResponseHeaders(first ? 503 : 204, -1);
      exchange.close();
    }

    /**
     * Of a body such as {@code {"run": "…", "invoice": 7}}; a program reads it by its JSON library.
     */
    private static String invoice(Delivery delivery) {
      return delivery.text().replaceAll(".*\"invoice\": (\\d+).*", "$1");
    }

    private void stop() {
      server.stop(0);
    }
  }
}
