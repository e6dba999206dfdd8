package dev.ringback.server.launch;

import java.nio.file.Path;

/** Starts an Envoy and stays: DATA_DIR HTTP_PORT. */
final class EnvoyHolder {
  private EnvoyHolder() {}

  public static void main(String[] args) throws Exception {
    EnvoyProcess envoy =
        EnvoyProcess.start(EnvoyProcessTest.settings(Integer.parseInt(args[1])), Path.of(args[0]));
    OtherJvm.hold(envoy.httpPort());
  }
}
