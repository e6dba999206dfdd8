package dev.ringback.server.api.read;

import dev.ringback.server.job.TargetUrl;

/** A URL to call. */
public final class UrlField {
  private UrlField() {}

  public static TargetUrl read(String field, String text, Violations violations) {
    try {
      return TargetUrl.parse(text);
    } catch (IllegalArgumentException e) {
      violations.add(field, String.valueOf(e.getMessage()));
      return TargetUrl.stored(text);
    }
  }
}
