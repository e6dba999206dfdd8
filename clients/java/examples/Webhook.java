import com.sun.net.httpserver.HttpServer;
import dev.ringback.client.CreateJob;
import dev.ringback.client.Job;
import dev.ringback.client.RingbackClient;
import dev.ringback.client.webhook.Delivery;
import dev.ringback.client.webhook.WebhookFilter;
import dev.ringback.client.webhook.WebhookVerifier;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** Receives a callback, and lets it through only when its signature is right. */
final class Webhook {
  public static void main(String[] args) throws IOException {
    try (var ringback = RingbackClient.create()) {
      // Asks for the secrets now, and again when they are old or were rotated.
      var verifier = WebhookVerifier.refreshing(ringback.signingSecrets()::secrets);
      HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
      server
          .createContext(
              "/callback",
              exchange -> {
                Delivery delivery = WebhookFilter.delivery(exchange);
                System.out.println(
                    delivery.id() + ", attempt " + delivery.attempt() + ": " + delivery.text());
                exchange.sendResponseHeaders(204, -1);
                exchange.close();
              })
          .getFilters()
          .add(new WebhookFilter(verifier));
      server.start();
      String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/callback";
      Job job =
          ringback
              .jobs()
              .create(CreateJob.to(url).body("it is time").waitAtMost(Duration.ofSeconds(20)));
      System.out.println(job.id() + " is " + job.status());
      server.stop(0);
    }
  }
}
