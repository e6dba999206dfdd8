package dev.ringback.server.api.call;

import dev.ringback.server.api.read.HeaderFields;
import dev.ringback.server.api.read.Violations;
import io.grpc.Context;
import io.grpc.Metadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a call brought along beside its message, and what its answer takes along.
 *
 * @param projectId the project that the call's key opens
 * @param requestHeaders the call's metadata; over REST its HTTP headers
 * @param responseHeaders sent before the answer; over REST they become HTTP headers
 */
public record CallContext(int projectId, Metadata requestHeaders, Metadata responseHeaders) {
  /** The HTTP status that REST answers with; where it is missing, that of the gRPC code. */
  public static final Metadata.Key<String> HTTP_STATUS = key("x-http-status");

  /** The header of a REST call that has the method of its request. */
  public static final String REST_METHOD = "x-rest-method";

  public static final Metadata.Key<String> LOCATION = key("location");

  private static final Context.Key<CallContext> KEY = Context.key("ringback-call");

  /** The context of the call that the present thread serves. */
  public static CallContext current() {
    CallContext context = KEY.get();
    if (context == null) {
      throw new IllegalStateException("not within a call");
    }
    return context;
  }

  /** The same; empty for a call without a key. */
  public static Optional<CallContext> maybe() {
    return Optional.ofNullable(KEY.get());
  }

  public Context attach() {
    return Context.current().withValue(KEY, this);
  }

  /** A header of the request; empty when it is missing or empty. */
  public String header(String name) {
    String value = requestHeaders.get(key(name));
    return value == null ? "" : value.strip();
  }

  /**
   * A header that says what to do; empty when it is missing or empty. One that is given twice, or
   * whose bytes did not all arrive as they were sent, is noted and read as empty: what its sender
   * meant can't be known.
   */
  public String header(String name, Violations violations) {
    List<String> values = values(name);
    if (values.size() > 1) {
      violations.add(name, "must be given once, not " + values.size() + " times");
      return "";
    }
    String value = header(name);
    // In the place of each byte beyond ASCII gRPC puts a U+FFFD.
    if (!HeaderFields.isValue(value)) {
      violations.add(
          name,
          "must be visible ASCII, with spaces and tabs between"
              + (name.endsWith("-url") ? ": percent-encode all else, such as %C3%BC for ü" : ""));
      return "";
    }
    return value;
  }

  /** A header whose value is a list and may stand in several lines (RFC 9110, 5.3). */
  public String list(String name) {
    return String.join(", ", values(name));
  }

  private List<String> values(String name) {
    Iterable<String> values = requestHeaders.getAll(key(name));
    List<String> all = new ArrayList<>();
    if (values != null) {
      values.forEach(value -> all.add(value.strip()));
    }
    return all;
  }

  public static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
