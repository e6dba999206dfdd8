package dev.ringback.server.config;

import java.util.List;

/** Settings that are wrong, one sentence each. */
public final class InvalidSettings extends Exception {
  private final List<String> problems;

  InvalidSettings(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  public List<String> problems() {
    return problems;
  }
}
