package dev.ringback.server.config;

import dev.ringback.server.job.DurationText;
import dev.ringback.server.refusal.DidYouMean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads one setting after the other and gathers what is wrong. Not thread-safe. */
final class Reader {
  private static final String PREFIX = "RINGBACK_";

  /** What clients and receivers are told by, and the script of docs/testing.md. */
  private static final Set<String> OF_OTHERS =
      Set.of(
          "RINGBACK_ENDPOINT",
          "RINGBACK_GRPC_ENDPOINT",
          "RINGBACK_SIGNING_SECRET",
          "RINGBACK_JAR",
          "RINGBACK_VERSION");

  private final Map<String, String> environment;
  private final List<String> problems = new ArrayList<>();

  /** The settings that have been read, in order, each with its text as far as it may be shown. */
  private final Map<String, String> read = new LinkedHashMap<>();

  Reader(Map<String, String> environment) {
    this.environment = environment;
  }

  /** A setting that is missing or empty has its default, and so, for now, has a wrong one. */
  <T> T get(String name, String otherwise, Function<String, T> parse) {
    String text = text(name);
    read.put(name, text.isEmpty() ? otherwise : text);
    try {
      return parse.apply(text.isEmpty() ? otherwise : text);
    } catch (IllegalArgumentException e) {
      // Not the value: it may be a secret.
      refuse(name, String.valueOf(e.getMessage()));
      return parse.apply(otherwise);
    }
  }

  <T> Optional<T> optional(String name, Function<String, T> parse) {
    return this.<Optional<T>>get(
        name, "", text -> text.isEmpty() ? Optional.empty() : Optional.of(parse.apply(text)));
  }

  /** One of whose text nothing may be shown. */
  <T> Optional<T> secret(String name, Function<String, T> parse) {
    Optional<T> value = optional(name, parse);
    read.computeIfPresent(name, (_, text) -> text.isEmpty() ? "" : "(set; not shown)");
    return value;
  }

  String text(String name, String otherwise) {
    return get(name, otherwise, Function.identity());
  }

  private String text(String name) {
    return environment.getOrDefault(PREFIX + name, "").strip();
  }

  boolean flag(String name, String otherwise) {
    return get(
        name,
        otherwise,
        text ->
            switch (text) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new IllegalArgumentException("must be true or false");
            });
  }

  int port(String name, String otherwise) {
    return number(name, otherwise, 0, 65_535);
  }

  int number(String name, String otherwise, int least, int most) {
    return get(
        name,
        otherwise,
        text -> {
          if (!text.matches("\\d{1,9}")
              || Integer.parseInt(text) < least
              || Integer.parseInt(text) > most) {
            throw new IllegalArgumentException(
                "must be a whole number from " + least + " to " + most);
          }
          return Integer.parseInt(text);
        });
  }

  Duration duration(String name, String otherwise, Duration longest) {
    return duration(name, otherwise, Duration.ofMillis(10), longest);
  }

  Duration duration(String name, String otherwise, Duration shortest, Duration longest) {
    return get(
        name,
        otherwise,
        text ->
            DurationText.parse(text)
                .filter(duration -> duration.compareTo(shortest) >= 0)
                .filter(duration -> duration.compareTo(longest) <= 0)
                .orElseThrow(() ->
                    new IllegalArgumentException(
                        "must be a duration such as 30s or 1h, from "
                            + DurationText.format(shortest)
                            + " to "
                            + DurationText.format(longest))));
  }

  /** What is between commas. */
  static List<String> list(String text) {
    return Arrays.stream(text.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  /** Says what is wrong with a setting, such as {@code must be true or false}. */
  void refuse(String name, String problem) {
    problems.add(PREFIX + name + " " + problem);
  }

  /** The settings that have been read, such as {@code RINGBACK_HTTP_PORT=8080}, without secrets. */
  List<String> shown() {
    return read.entrySet().stream()
        .map(each ->
            PREFIX
                + each.getKey()
                + "="
                + each.getValue()
                + (text(each.getKey()).isEmpty() ? "  (default)" : ""))
        .toList();
  }

  /**
   * Says of each variable that looks like a setting and is none what it may have been meant for.
   */
  List<String> unknown() {
    return environment.entrySet().stream()
        .filter(each -> each.getKey().startsWith(PREFIX))
        .filter(each -> !read.containsKey(each.getKey().substring(PREFIX.length())))
        .filter(each -> !OF_OTHERS.contains(each.getKey()))
        .filter(each -> !isOfKubernetes(each.getKey(), each.getValue()))
        .map(Map.Entry::getKey)
        .sorted()
        .map(this::unknown)
        .toList();
  }

  private String unknown(String name) {
    return name
        + " is no setting"
        + DidYouMean.likely(name.substring(PREFIX.length()), read.keySet())
            .map(likely -> "; did you mean " + PREFIX + likely + "?")
            .orElse("");
  }

  /** Of a service that is called ringback, it tells each container in variables of such names. */
  private static boolean isOfKubernetes(String name, String value) {
    return name.matches(".*_SERVICE_(HOST|PORT.*)|.*_PORT_\\d+_(TCP|UDP|SCTP).*")
        || value.matches("(tcp|udp|sctp)://.*");
  }

  /** Ends the reading. */
  void check() throws InvalidSettings {
    if (!problems.isEmpty()) {
      throw new InvalidSettings(problems);
    }
  }
}
