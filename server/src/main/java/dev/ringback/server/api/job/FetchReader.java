package dev.ringback.server.api.job;

import com.google.api.HttpBody;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.read.BodyField;
import dev.ringback.server.api.read.HeaderFields;
import dev.ringback.server.api.read.MethodField;
import dev.ringback.server.api.read.RetryFields;
import dev.ringback.server.api.read.ScheduleFields;
import dev.ringback.server.api.read.UrlField;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.job.JobRequest;
import dev.ringback.server.job.JobRequest.Retries;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.TargetUrl;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a durable relay: a job whose body, with what it is, and method are those of the request,
 * and whose other fields are headers.
 *
 * <p>Thread-safe.
 */
final class FetchReader {
  private static final String URL = "x-fetch-url";
  private static final String METHOD = "x-fetch-method";
  private static final String DELAY = "x-delay";
  private static final String MAX_RETRIES = "x-max-retries";
  private static final String MAX_RETRY_DURATION = "x-max-retry-duration";

  private final int maxBodyBytes;

  FetchReader(int maxBodyBytes) {
    this.maxBodyBytes = maxBodyBytes;
  }

  /**
   * What is asked for. Where something is wrong and is noted, it is not that, and must not be used.
   *
   * @throws dev.ringback.server.refusal.Invalid.InvalidFields when the headers do not even say what
   *     is asked for, and so nothing can be wrong with that
   */
  JobRequest read(HttpBody request, CallContext call, Violations violations) {
    String givenUrl = call.header(URL, violations);
    String givenMethod = method(call, violations);
    String givenDelay = call.header(DELAY, violations);
    String givenRetries = call.header(MAX_RETRIES, violations);
    String givenDuration = call.header(MAX_RETRY_DURATION, violations);
    violations.check();
    TargetUrl url = UrlField.read(URL, givenUrl, violations);
    Optional<String> method = MethodField.read(METHOD, givenMethod, violations);
    Map<String, String> headers = headers(request, call, violations);
    byte[] body = BodyField.read("body", request.getData(), maxBodyBytes, violations);
    Optional<Schedule> schedule = ScheduleFields.after(DELAY, givenDelay, violations);
    Retries retries =
        new Retries(
            maxRetries(givenRetries, violations),
            Optional.empty(),
            Optional.empty(),
            RetryFields.maxDuration(MAX_RETRY_DURATION, givenDuration, violations));
    Optional<Duration> deadline = Optional.empty();
    return new JobRequest(url, method, headers, body, schedule, retries, deadline, Map.of());
  }

  /** What the body is, without which its bytes mean something else (RFC 9110, 8.3 to 8.5). */
  private static Map<String, String> headers(
      HttpBody request, CallContext call, Violations violations) {
    if (isList(request.getContentType())) {
      violations.add("content-type", "must be one media type, given once");
    }
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", request.getContentType());
    headers.put("Content-Encoding", call.list("content-encoding"));
    headers.put("Content-Language", call.list("content-language"));
    headers.values().removeIf(String::isEmpty);
    return HeaderFields.read("headers", headers, name -> name.toLowerCase(Locale.ROOT), violations);
  }

  /** Whether there is a comma outside of quotes, by which Envoy joins one header to another. */
  private static boolean isList(String value) {
    boolean quoted = false;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == ',' && !quoted) {
        return true;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && quoted) {
        i++;
      }
    }
    return false;
  }

  /** Over REST it is that of the request. */
  private static String method(CallContext call, Violations violations) {
    String rest = call.header(CallContext.REST_METHOD);
    return rest.isEmpty() ? call.header(METHOD, violations) : rest;
  }

  private static Optional<Integer> maxRetries(String text, Violations violations) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (!text.matches("-?\\d{1,9}")) {
      violations.add(MAX_RETRIES, "must be a whole number");
      return Optional.empty();
    }
    return RetryFields.maxRetries(MAX_RETRIES, Integer.parseInt(text), violations);
  }
}
