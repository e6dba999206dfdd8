package dev.ringback.server.journey;

import dev.ringback.client.RingbackClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The cases that every client runs, by the server's own gRPC port, by REST through Envoy, and by
 * the Java client.
 */
@Timeout(120)
class CasesIT {
  @TempDir private static Path dataDir;
  private static RingbackNode node;
  private static CallbackTarget target;

  @BeforeAll
  static void start() throws Exception {
    target = new CallbackTarget();
    target.answer(hit -> hit.path().equals("/ok") ? 200 : 404);
    node = RingbackNode.start(dataDir);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    node.close();
    target.close();
  }

  private static Stream<DynamicTest> tests(Cases.Caller caller, boolean typed) throws IOException {
    return new Cases(caller, typed, target.url("/ok"), target.url("/broken")).tests();
  }

  @TestFactory
  Stream<DynamicTest> byGrpc() throws IOException {
    StubClient client = node.client();
    return tests(new StubCaller(client.channel()), false).onClose(client::close);
  }

  @TestFactory
  Stream<DynamicTest> byRest() throws IOException {
    var caller = new RestCaller(node.base());
    return tests(caller, false).onClose(caller::close);
  }

  @TestFactory
  Stream<DynamicTest> byTheJavaClient() throws IOException {
    RingbackClient client =
        RingbackClient.builder().endpoint(node.base()).apiKey(RingbackNode.KEY).build();
    return tests(new ClientCaller(node.base(), client), true).onClose(client::close);
  }
}
