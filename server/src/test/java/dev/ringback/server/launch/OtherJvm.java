package dev.ringback.server.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A second JVM that starts something and holds it, in order to be killed. */
final class OtherJvm implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Process process;
  private final String said;

  private OtherJvm(Process process, String said) {
    this.process = process;
    this.said = said;
  }

  /** Runs a main class until it has printed a line. */
  static OtherJvm start(Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader output = process.inputReader();
    String line = output.readLine();
    while (line != null && !line.startsWith("READY ")) {
      line = output.readLine();
    }
    assertThat(line).as("what the other JVM says").isNotNull();
    return new OtherJvm(process, line.substring("READY ".length()));
  }

  /** Says that all is up, and holds it until killed. */
  static void hold(Object said) throws InterruptedException {
    System.out.println("READY " + said);
    Thread.currentThread().join();
  }

  String said() {
    return said;
  }

  /** Kills the JVM alone, as {@code kill -9} does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Kills the JVM and the shells that watch over it, without giving them a chance to act. */
  void killWithGuardians() throws InterruptedException {
    process
        .children()
        .filter(child -> child.info().commandLine().orElse("").contains("ringback-guardian"))
        .forEach(ProcessHandle::destroyForcibly);
    kill();
  }

  static void await(String what, BooleanSupplier condition) {
    Deadline deadline = Deadline.in(LIMIT);
    while (!condition.getAsBoolean()) {
      assertThat(deadline.pause()).as(what).isTrue();
    }
  }

  /** Whether a process runs; a zombie that nobody has reaped yet does not. */
  static boolean runs(long pid) {
    return ProcessHandle.of(pid).flatMap(handle -> handle.info().command()).isPresent();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
