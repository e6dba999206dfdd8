package dev.ringback.server;

import dev.ringback.server.config.ServerConfig;
import dev.ringback.server.store.tenant.Keys;
import dev.ringback.server.store.tenant.StoredKey;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The commands about API keys, whether or not a node runs on the same database. */
final class KeyCommands {
  /** A command; answers what is printed. */
  @FunctionalInterface
  interface Command {
    String run(ServerConfig config);
  }

  private KeyCommands() {}

  /** The command that arguments ask for; empty when they are not right. */
  static Optional<Command> read(String... arguments) {
    List<String> all = List.of(arguments);
    String name = all.isEmpty() ? "" : all.getFirst();
    if (name.equals("revoke-key") && all.size() == 2) {
      return Optional.of(config -> revoke(config, all.get(1)));
    }
    if (name.equals("list-keys") && all.size() == 1) {
      return Optional.of(config -> list(config, Optional.empty()));
    }
    if (all.size() != 3 || !all.get(1).equals("--project")) {
      return Optional.empty();
    }
    return switch (name) {
      case "create-key" -> Optional.of(config -> create(config, all.get(2)));
      case "list-keys" -> Optional.of(config -> list(config, Optional.of(all.get(2))));
      default -> Optional.empty();
    };
  }

  private static String create(ServerConfig config, String project) {
    if (!project.matches("[A-Za-z0-9_.-]{1,63}")) {
      throw new IllegalArgumentException(
          "a project's name must be 1 to 63 letters, digits, _, - or .");
    }
    return ExistingDatabase.use(
        config,
        "no key was made for the project " + project,
        database -> new Keys(database).create(project));
  }

  private static String list(ServerConfig config, Optional<String> project) {
    List<StoredKey> all =
        ExistingDatabase.use(
            config, "no keys can be listed", database -> new Keys(database).list());
    List<StoredKey> wanted =
        all.stream().filter(key -> project.map(key.project()::equals).orElse(true)).toList();
    if (project.isPresent() && wanted.isEmpty()) {
      throw new IllegalArgumentException(
          "no key opens a project of that name; projects with keys: "
              + all.stream().map(StoredKey::project).distinct().toList());
    }
    return table(wanted);
  }

  /** A line for each key, below one that says what is what. */
  static String table(List<StoredKey> keys) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("PREFIX", "PROJECT", "MADE", "LAST USED", "FROM"));
    for (StoredKey key : keys) {
      lines.add(
          List.of(
              key.name(),
              key.project(),
              second(key.madeAt()),
              key.lastUsedAt().map(KeyCommands::second).orElse("-"),
              key.bySetting() ? "RINGBACK_API_KEY" : "Ringback"));
    }
    int[] widths = new int[lines.getFirst().size()];
    lines.forEach(line -> Arrays.setAll(widths, i -> Math.max(widths[i], line.get(i).length())));
    return lines.stream().map(line -> line(line, widths)).collect(Collectors.joining("\n"));
  }

  private static String line(List<String> line, int[] widths) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      text.append(line.get(i)).repeat(' ', widths[i] - line.get(i).length() + 2);
    }
    return text.toString().stripTrailing();
  }

  private static String revoke(ServerConfig config, String text) {
    return ExistingDatabase.use(
        config, "no key was revoked", database -> revoke(new Keys(database), text));
  }

  /**
   * Ends the key that a text names.
   *
   * @throws IllegalArgumentException when it names none or several
   */
  static String revoke(Keys keys, String text) {
    List<StoredKey> all = keys.list();
    List<StoredKey> meant = all.stream().filter(key -> key.isMeantBy(text)).toList();
    if (meant.size() != 1) {
      throw new IllegalArgumentException("no key was revoked: " + why(meant));
    }
    StoredKey key = meant.getFirst();
    if (!keys.revoke(key)) {
      throw new IllegalArgumentException(key.name() + " has just been revoked by somebody else");
    }
    List<String> said = new ArrayList<>();
    said.add(
        "revoked %s of the project %s: nodes refuse it within 5 s, and end its watches soon after"
            .formatted(key.name(), key.project()));
    if (key.bySetting()) {
      said.add("A node that starts with this key in RINGBACK_API_KEY brings it back.");
    }
    if (all.stream().noneMatch(other -> isBeside(key, other))) {
      said.add("The project %s has no other key: create-key makes one.".formatted(key.project()));
    }
    return String.join("\n", said);
  }

  private static boolean isBeside(StoredKey key, StoredKey other) {
    return other.project().equals(key.project()) && !other.equals(key);
  }

  private static String why(List<StoredKey> meant) {
    // The text is not repeated: it may be a whole key, which some database knows.
    return meant.isEmpty()
        ? "give a key's PREFIX as list-keys shows it, at least 8 characters of it, or the whole key"
        : "several are meant by that; name one of them by the beginning of its hash:"
            + meant.stream()
                .map(key ->
                    "\n  %s  %s of the project %s, made %s"
                        .formatted(key.id(), key.name(), key.project(), second(key.madeAt())))
                .collect(Collectors.joining());
  }

  private static String second(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
