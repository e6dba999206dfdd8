package dev.ringback.server.launch;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a last command when this process dies without having said that all is in order: a shell that
 * reads from a pipe which only this process holds open, so that even {@code kill -9} reaches it.
 */
final class Guardian implements AutoCloseable {
  private static final String NAME = "ringback-guardian";

  /**
   * Ignores the signals that a terminal sends to all its processes. The closing {@code exit} keeps
   * the shell from replacing itself by the last command: others see by its name that it is still at
   * work.
   */
  private static final String SCRIPT =
      "trap '' INT TERM HUP QUIT; shift; cat >/dev/null; \"$@\"; exit $?";

  private final Process shell;

  private Guardian(Process shell) {
    this.shell = shell;
  }

  /**
   * Starts to watch over this process.
   *
   * @param folder what the command tidies up, by which the guardian is found
   * @param lastCommand must do no harm when there is nothing left to end
   */
  static Guardian start(Path folder, List<String> lastCommand, Path log) throws IOException {
    List<String> command = new ArrayList<>(List.of("sh", "-c", SCRIPT, NAME, folder.toString()));
    command.addAll(lastCommand);
    return new Guardian(
        Child.of(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start());
  }

  /**
   * Waits for the guardian of a dead process to finish with the folder. It may have been killed
   * too; then there is nothing to wait for.
   */
  static void awaitEarlier(Path folder, Duration limit) {
    Deadline deadline = Deadline.in(limit);
    while (ProcessHandle.allProcesses().anyMatch(process -> watchesOver(folder, process))) {
      if (!deadline.pause()) {
        throw new LaunchException(
            "what an earlier process left in %s is not ended after %d s"
                .formatted(folder, limit.toSeconds()));
      }
    }
  }

  private static boolean watchesOver(Path folder, ProcessHandle process) {
    // A zombie has no arguments.
    List<String> arguments = List.of(process.info().arguments().orElse(new String[0]));
    int name = arguments.indexOf(NAME);
    return name >= 0
        && name + 1 < arguments.size()
        && arguments.get(name + 1).equals(folder.toString());
  }

  /** Lets the guardian go without its last command: all has been ended in order. */
  @Override
  public void close() throws IOException {
    shell.destroyForcibly();
    // Only now, when the shell can no longer act on it: this ends the shell's `cat`.
    shell.getOutputStream().close();
    try {
      shell.waitFor(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
