package dev.ringback.server.api;

import io.grpc.Context;
import io.grpc.Metadata;

/**
 * What a call brought along beside its message, and what its answer takes along.
 *
 * @param projectId the project that the call's key opens
 * @param requestHeaders the call's metadata; over REST its HTTP headers
 * @param responseHeaders sent before the answer; over REST they become HTTP headers
 */
record CallContext(int projectId, Metadata requestHeaders, Metadata responseHeaders) {
  /** The HTTP status that REST answers with, where it is not the one of the gRPC code. */
  static final Metadata.Key<String> HTTP_STATUS = key("x-http-status");

  static final Metadata.Key<String> LOCATION = key("location");

  private static final Context.Key<CallContext> KEY = Context.key("ringback-call");

  /** The context of the call that the present thread serves. */
  static CallContext current() {
    CallContext context = KEY.get();
    if (context == null) {
      throw new IllegalStateException("not within a call");
    }
    return context;
  }

  Context attach() {
    return Context.current().withValue(KEY, this);
  }

  /** A header of the request; empty when it is missing or empty. */
  String header(String name) {
    String value = requestHeaders.get(key(name));
    return value == null ? "" : value.strip();
  }

  static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
