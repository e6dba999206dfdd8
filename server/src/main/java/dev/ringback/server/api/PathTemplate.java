package dev.ringback.server.api;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A path with variables, such as {@code /v1/jobs/{id}:cancel}, in the form that google.api.http has
 * for it.
 *
 * @param parts what stands between slashes; {@code {name}} is a variable
 * @param verb what follows the last colon; empty where there is none
 */
record PathTemplate(List<String> parts, String verb) {
  static PathTemplate parse(String text) {
    List<String> parts = new ArrayList<>(split(text));
    String last = parts.removeLast();
    int colon = last.indexOf(':', last.indexOf('}') + 1);
    parts.add(colon < 0 ? last : last.substring(0, colon));
    return new PathTemplate(List.copyOf(parts), colon < 0 ? "" : last.substring(colon + 1));
  }

  /** What stands between a path's slashes; one at the end makes no difference. */
  static List<String> split(String path) {
    String inner = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return List.of(inner.substring(inner.startsWith("/") ? 1 : 0).split("/", -1));
  }

  /**
   * A regular expression (RE2) for paths of this form, but for those where a value has a colon:
   * what follows it could be the verb of another form.
   */
  String regex() {
    String path =
        parts.stream()
            .map(part -> part.startsWith("{") ? "[^/:]+" : quote(part))
            .collect(joining("/", "/", ""));
    return path + (verb.isEmpty() ? "" : quote(":" + verb)) + "/?";
  }

  /** A regular expression for a text and nothing else. */
  static String quote(String text) {
    return text.replaceAll("[^\\w/]", "\\\\$0");
  }

  /** The values of the variables, as they stand in a path that is of this form. */
  Optional<Map<String, String>> match(List<String> path) {
    if (path.size() != parts.size()) {
      return Optional.empty();
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      String part = parts.get(i);
      String given = path.get(i);
      if (i == parts.size() - 1 && !verb.isEmpty()) {
        if (!given.endsWith(":" + verb)) {
          return Optional.empty();
        }
        given = given.substring(0, given.length() - verb.length() - 1);
      }
      if (part.startsWith("{") && !given.isEmpty()) {
        values.put(part.substring(1, part.length() - 1), given);
      } else if (!part.equals(given)) {
        return Optional.empty();
      }
    }
    return Optional.of(values);
  }
}
