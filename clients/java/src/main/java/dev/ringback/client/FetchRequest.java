package dev.ringback.client;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A request for {@link Jobs#fetch} to make as it is: its method, its content type and its bytes.
 *
 * <p>Never changes: each method answers a new one.
 */
public final class FetchRequest {
  private final Map<String, String> headers;
  private final HttpBody body;

  private FetchRequest(Map<String, String> headers, HttpBody body) {
    this.headers = headers;
    this.body = body;
  }

  /**
   * To a URL: absolute, {@code http} or {@code https}.
   *
   * @throws IllegalArgumentException when it is not of visible ASCII characters: encode the rest
   */
  public static FetchRequest to(String url) {
    return new FetchRequest(Map.of(), HttpBody.getDefaultInstance()).with("x-fetch-url", url);
  }

  /** Headers can hold nothing else; other characters would arrive as something else. */
  private static String visible(String name, String value) {
    if (!value.matches("[ -~]*")) {
      throw new IllegalArgumentException(name + " must be visible ASCII characters");
    }
    return value;
  }

  private FetchRequest with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, visible(name, value));
    return new FetchRequest(more, body);
  }

  /** By an HTTP method. Default POST. */
  public FetchRequest method(String method) {
    return with("x-fetch-method", method);
  }

  /** With a body of a content type. At most 1 MiB. */
  public FetchRequest body(String contentType, Body body) {
    HttpBody message =
        HttpBody.newBuilder()
            .setContentType(contentType)
            .setData(ByteString.copyFrom(body.bytes()))
            .build();
    return new FetchRequest(headers, message);
  }

  /** After a wait of at most 10 years. Default none. */
  public FetchRequest delay(Duration delay) {
    return with("x-delay", Durations.text("delay", delay));
  }

  /** How many times a failed attempt is repeated, from 0 to 1,000, the default. */
  public FetchRequest maxRetries(int maxRetries) {
    return with("x-max-retries", Integer.toString(maxRetries));
  }

  /** For how long it is retried. Default 7 days. */
  public FetchRequest maxRetryDuration(Duration duration) {
    return with("x-max-retry-duration", Durations.text("maxRetryDuration", duration));
  }

  /** As {@link CreateJob#idempotencyKey}. */
  public FetchRequest idempotencyKey(String key) {
    return with(Repeatable.IDEMPOTENCY_KEY.name(), key);
  }

  /** With an idempotency key in any case, so that it can be repeated. */
  Metadata metadata() {
    Metadata metadata = new Metadata();
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.putIfAbsent(Repeatable.IDEMPOTENCY_KEY.name(), CreateJob.newKey());
    all.forEach((name, value) ->
        metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
    return metadata;
  }

  HttpBody message() {
    return body;
  }
}
