package dev.ringback.server.api;

import com.google.api.HttpBody;
import dev.ringback.server.job.JobSpec;
import dev.ringback.v1.CreateJobRequest;
import java.util.Map;

/**
 * Reads a durable relay: a job whose body, content type and method are those of the request, and
 * whose other fields are headers.
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
          "idempotency_key", "idempotency-key",
          "headers[Content-Type]", "content-type");

  private final JobSpecReader jobs;

  FetchReader(JobSpecReader jobs) {
    this.jobs = jobs;
  }

  /** Violations under the names that a relay has for them. */
  Violations violations() {
    return new Violations(HEADER_OF);
  }

  /** The job that is asked for, as {@link JobSpecReader#read} says. */
  JobSpec read(HttpBody body, CallContext call, Violations violations) {
    CreateJobRequest.Builder request =
        CreateJobRequest.newBuilder()
            .setUrl(call.header("x-fetch-url"))
            .setMethod(method(call))
            .setDelay(call.header("x-delay"))
            .setMaxRetries(maxRetries(call, violations))
            .setBinaryBody(body.getData());
    String duration = call.header("x-max-retry-duration");
    request
        .getRetryPolicyBuilder()
        .setMaxRetryDuration(duration.isEmpty() ? DEFAULT_MAX_RETRY_DURATION : duration);
    if (!body.getContentType().isEmpty()) {
      request.putHeaders("Content-Type", body.getContentType());
    }
    return jobs.read(request.build(), violations);
  }

  /** Envoy tells the method of the REST request, which it has made a POST to us. */
  private static String method(CallContext call) {
    String rest = call.header("x-envoy-original-method");
    return rest.isEmpty() ? call.header("x-fetch-method") : rest;
  }

  private static int maxRetries(CallContext call, Violations violations) {
    String text = call.header("x-max-retries");
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
