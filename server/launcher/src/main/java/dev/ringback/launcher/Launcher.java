package dev.ringback.launcher;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The jar's first class. All others are of Java 25, of which an older {@code java} would only say
 * that their version is not supported: this one starts the right Java in its place, or says what is
 * missing.
 *
 * <p>The node is then a process of its own, which gets the same options, environment and terminal.
 * This one waits for it, passes on that it is to end, and ends with its status; the node ends when
 * this one is killed.
 */
public final class Launcher {
  /** By which the node knows that it must not outlive the process of this number. */
  static final String LAUNCHED_BY = "ringback.launched-by";

  private static final int NEEDED = 25;
  private static final String SERVER = "dev.ringback.server.Main";

  private Launcher() {}

  /** Runs the server's main class, here or on a Java that can. */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (Runtime.version().feature() >= NEEDED) {
      runHere(args);
      return;
    }
    Optional<Path> java = JavaHomes.ofThisMachine().find(NEEDED);
    if (java.isEmpty()) {
      System.err.println(
          "Ringback needs Java "
              + NEEDED
              + ", and this is Java "
              + Runtime.version().feature()
              + " in "
              + System.getProperty("java.home")
              + ". No newer one was found in JAVA_HOME, on the PATH, in /usr/lib/jvm, /opt,"
              + " ~/.sdkman, ~/.jdks or /Library/Java. Install a JDK "
              + NEEDED
              + ", or name it: JAVA_HOME=/path/to/jdk-"
              + NEEDED
              + " java -jar ...");
      System.exit(1);
    }
    System.exit(run(command(java.get(), args)));
  }

  /** By name: this class is compiled for a Java that can't read that one. */
  private static void runHere(String[] args) {
    try {
      Class.forName(SERVER).getMethod("main", String[].class).invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      // Main catches what can be expected.
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the jar is not whole: " + SERVER + " is missing", e);
    }
  }

  private static List<String> command(Path java, String[] args) {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      // Those of the environment are read by the other Java as well.
      if (!fromEnvironment(option)) {
        command.add(option);
      }
    }
    command.add("-D" + LAUNCHED_BY + "=" + ProcessHandle.current().pid());
    command.add("-jar");
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(args));
    return command;
  }

  private static boolean fromEnvironment(String option) {
    return List.of(System.getenv().getOrDefault("JAVA_TOOL_OPTIONS", "").split("\\s+"))
        .contains(option);
  }

  private static int run(List<String> command) throws IOException, InterruptedException {
    Process node =
        new ProcessBuilder(command).directory(new File("").getAbsoluteFile()).inheritIO().start();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  // A terminal has told the node too, which takes this for the same wish.
                  node.destroy();
                  try {
                    Runtime.getRuntime().halt(node.waitFor());
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                },
                "stop"));
    return node.waitFor();
  }
}
