package dev.ringback.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port for what is stopped and started again at the same one: below those that the system gives
 * to connections, so that none has it meanwhile.
 */
public final class LastingPort {
  private static final int LOWEST = 10_000;
  private static final int HIGHEST = 30_000;

  private LastingPort() {}

  /** One that is free. */
  public static int find() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return port;
      } catch (IOException taken) {
        // Another one, then.
      }
    }
  }
}
