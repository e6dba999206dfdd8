package dev.ringback.server.launch;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs PostgreSQL's own programs, as root too, and keeps what the last one said in a file. */
final class PostgresPrograms {
  private final PostgresBinaries binaries;
  private final List<String> asUser;
  private final Path output;

  private PostgresPrograms(PostgresBinaries binaries, List<String> asUser, Path output) {
    this.binaries = binaries;
    this.asUser = asUser;
    this.output = output;
  }

  /**
   * Makes the programs ready in a data folder.
   *
   * @param name what the names of all its files begin with
   */
  static PostgresPrograms prepare(Path dataDir, String name) throws IOException {
    List<String> asUser = unprivileged();
    return new PostgresPrograms(
        PostgresBinaries.unpack(dataDir, name + "-bin-"), asUser, dataDir.resolve(name + ".out"));
  }

  List<String> command(String program, String... arguments) {
    List<String> command = new ArrayList<>(asUser);
    command.add(binaries.program(program));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Answers the exit status. Output goes to a file: the server would hold a pipe open. */
  int run(List<String> command) throws IOException {
    return exitOf(
        Child.of(command)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start());
  }

  /** What the last program said. */
  String said() throws IOException {
    return LogTail.after(output, 0);
  }

  private static int exitOf(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LaunchException("interrupted", e);
    }
  }

  /** PostgreSQL refuses to run as root; in a user namespace of its own it does not see that. */
  private static List<String> unprivileged() throws IOException {
    Process id = Child.of("id", "-u").start();
    String user = new String(id.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    if (!user.strip().equals("0")) {
      return List.of();
    }
    List<String> wrapper = List.of("unshare", "-U");
    try {
      if (exitOf(Child.of("unshare", "-U", "true").start()) == 0) {
        return wrapper;
      }
    } catch (IOException noSuchProgram) {
      // Reported below, as if it had refused.
    }
    throw new LaunchException(
        "PostgreSQL does not run as root, and this machine has no user namespaces to hide that:"
            + " run as another user, or set RINGBACK_DATABASE_URL");
  }
}
