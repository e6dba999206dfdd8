package dev.ringback.launcher;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The Javas of a machine: those that it names, and those where installers put them. */
final class JavaHomes {
  private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d{1,5})[.\"+-].*");

  private final Map<String, String> environment;
  private final List<Path> folders;

  /**
   * @param folders that hold homes
   */
  JavaHomes(Map<String, String> environment, List<Path> folders) {
    this.environment = environment;
    this.folders = folders;
  }

  static JavaHomes ofThisMachine() {
    Path user = Path.of(System.getProperty("user.home", "/"));
    return new JavaHomes(
        System.getenv(),
        List.of(
            Path.of("/usr/lib/jvm"),
            Path.of("/opt/java"),
            Path.of("/opt"),
            user.resolve(".sdkman/candidates/java"),
            user.resolve(".jdks"),
            Path.of("/Library/Java/JavaVirtualMachines")));
  }

  /** The first {@code java} of a feature version or a newer one. */
  Optional<Path> find(int feature) {
    for (Path home : candidates()) {
      Path java = home.resolve("bin/java");
      OptionalInt version = feature(home);
      if (version.isPresent() && version.getAsInt() >= feature && Files.isExecutable(java)) {
        return Optional.of(java);
      }
    }
    return Optional.empty();
  }

  private List<Path> candidates() {
    List<Path> homes = new ArrayList<>();
    String named = environment.getOrDefault("JAVA_HOME", "");
    if (!named.isEmpty()) {
      homes.add(Path.of(named));
    }
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
      Path java = Path.of(folder, "java");
      // An empty name would be the working folder, whose programs nobody has asked for.
      if (!folder.isEmpty() && Files.isExecutable(java)) {
        homeOf(java).ifPresent(homes::add);
      }
    }
    folders.forEach(folder -> homes.addAll(within(folder)));
    return homes;
  }

  /** A {@code java} on the path is mostly a link to that of a home. */
  private static Optional<Path> homeOf(Path java) {
    try {
      return Optional.ofNullable(java.toRealPath().getParent()).map(Path::getParent);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static List<Path> within(Path folder) {
    List<Path> homes = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return homes;
    }
    try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
      for (Path child : children) {
        homes.add(child);
        homes.add(child.resolve("Contents/Home"));
      }
    } catch (IOException e) {
      // What can't be read holds no Java that we could run.
    }
    homes.sort(null);
    return homes;
  }

  /** As the file {@code release} of a home says. */
  private static OptionalInt feature(Path home) {
    Path release = home.resolve("release");
    if (!Files.isReadable(release)) {
      return OptionalInt.empty();
    }
    try (BufferedReader lines = Files.newBufferedReader(release)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher version = VERSION.matcher(line);
        if (version.matches()) {
          return OptionalInt.of(Integer.parseInt(version.group(1)));
        }
      }
    } catch (IOException e) {
      // As if it were not there.
    }
    return OptionalInt.empty();
  }
}
