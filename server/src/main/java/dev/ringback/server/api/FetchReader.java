package dev.ringback.server.api;

import com.google.api.HttpBody;
import dev.ringback.server.job.JobSpec;
import dev.ringback.v1.CreateJobRequest;
import java.util.Map;

/**
 * Reads a durable relay: a job whose body, with what it is, and method are those of the request,
 * and whose other fields are headers.
 *
 * <p>Thread-safe.
 */
final class FetchReader {
  /** Retried until it succeeds, for so long. */
  private static final String DEFAULT_MAX_RETRY_DURATION = "168h";

  /** How the headers are called that the fields of a create come from. */
  private static final Map<String, String> HEADER_OF =
      Map.of(
          "url", "x-fetch-url",
          "delay", "x-delay",
          "max_retries", "x-max-retries",
          "retry_policy.max_retry_duration", "x-max-retry-duration",
          "method", "x-fetch-method",
          "binary_body", "body",
          "headers[Content-Type]", "content-type",
          "headers[Content-Encoding]", "content-encoding",
          "headers[Content-Language]", "content-language");

  private final JobSpecReader jobs;

  FetchReader(JobSpecReader jobs) {
    this.jobs = jobs;
  }

  /** Violations under the names that a relay has for them. */
  Violations violations() {
    return new Violations(HEADER_OF);
  }

  /**
   * The job that is asked for, as {@link JobSpecReader#read} says.
   *
   * @throws dev.ringback.server.refusal.Invalid.InvalidFields when the headers do not even say what
   *     is asked for, and so nothing can be wrong with that
   */
  JobSpec read(HttpBody body, CallContext call, Violations violations) {
    String url = call.header("x-fetch-url", violations);
    String method = method(call, violations);
    String delay = call.header("x-delay", violations);
    String retries = call.header("x-max-retries", violations);
    String duration = call.header("x-max-retry-duration", violations);
    violations.check();
    CreateJobRequest.Builder request =
        CreateJobRequest.newBuilder()
            .setUrl(url)
            .setMethod(method)
            .setDelay(delay)
            .setMaxRetries(maxRetries(retries, violations))
            .setBinaryBody(body.getData());
    request
        .getRetryPolicyBuilder()
        .setMaxRetryDuration(duration.isEmpty() ? DEFAULT_MAX_RETRY_DURATION : duration);
    if (isList(body.getContentType())) {
      violations.add("headers[Content-Type]", "must be one media type, given once");
    }
    // What the body is, without which its bytes mean something else (RFC 9110, 8.3 to 8.5).
    put(request, "Content-Type", body.getContentType());
    put(request, "Content-Encoding", call.list("content-encoding"));
    put(request, "Content-Language", call.list("content-language"));
    return jobs.read(request.build(), violations);
  }

  private static void put(CreateJobRequest.Builder request, String name, String value) {
    if (!value.isEmpty()) {
      request.putHeaders(name, value);
    }
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
    String rest = call.header(Gateway.METHOD);
    return rest.isEmpty() ? call.header("x-fetch-method", violations) : rest;
  }

  private static int maxRetries(String text, Violations violations) {
    if (text.isEmpty()) {
      return JobSpecReader.MAX_MAX_RETRIES;
    }
    if (!text.matches("-?\\d{1,9}")) {
      violations.add("max_retries", "must be a whole number");
      return JobSpecReader.MAX_MAX_RETRIES;
    }
    return Integer.parseInt(text);
  }
}
