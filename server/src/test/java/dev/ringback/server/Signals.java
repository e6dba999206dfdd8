package dev.ringback.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;

/** Sends signals that Java has no words for. */
public final class Signals {
  private Signals() {}

  public static void send(String signal, ProcessHandle process)
      throws IOException, InterruptedException {
    var kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()));
    assertThat(kill.inheritIO().start().waitFor()).as("kill -" + signal).isZero();
  }
}
