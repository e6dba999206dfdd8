package dev.ringback.server.journey;

import dev.ringback.client.RingbackClient;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The cases that every client runs, by the server's own gRPC port, by REST through Envoy, and by
 * the Java client.
 */
@Timeout(120)
class CasesIT {
  @RegisterExtension private static final SharedNode shared = new SharedNode();
  private static CallbackTarget target;

  @BeforeAll
  static void start() throws Exception {
    target = new CallbackTarget();
    target.answer(hit -> hit.path().equals("/ok") ? 200 : 404);
  }

  @AfterAll
  static void stop() {
    target.close();
  }

  private static Stream<DynamicTest> tests(Cases.Caller caller, boolean typed) throws IOException {
    return new Cases(caller, typed, target.url("/ok"), target.url("/broken")).tests();
  }

  @TestFactory
  Stream<DynamicTest> byGrpc() throws IOException {
    StubClient client = shared.client();
    return tests(new StubCaller(client.channel(), shared.key()), false).onClose(client::close);
  }

  @TestFactory
  Stream<DynamicTest> byRest() throws IOException {
    var caller = new RestCaller(shared.node().base(), shared.key());
    return tests(caller, false).onClose(caller::close);
  }

  @TestFactory
  Stream<DynamicTest> byTheJavaClient() throws IOException {
    RingbackClient client =
        RingbackClient.builder().endpoint(shared.node().base()).apiKey(shared.key()).build();
    return tests(new ClientCaller(shared.node().base(), shared.key(), client), true)
        .onClose(client::close);
  }
}
