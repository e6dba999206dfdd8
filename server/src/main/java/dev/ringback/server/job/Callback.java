package dev.ringback.server.job;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The HTTP request that a job makes: what the user said, byte for byte.
 *
 * @param method an HTTP method in upper case
 * @param headers as given, in the order given
 * @param body empty for none
 */
public record Callback(TargetUrl url, String method, Map<String, String> headers, byte[] body) {
  public Callback {
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
  }
}
