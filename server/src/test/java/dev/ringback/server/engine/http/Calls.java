package dev.ringback.server.engine.http;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.TargetUrl;
import java.time.Duration;
import java.util.Map;

/** Calls of one project, with bodies that are in memory. */
final class Calls {
  static final Duration AMPLE = Duration.ofSeconds(5);

  private static final int PROJECT = 1;

  private Calls() {}

  /** Finds addresses by what is given, and keeps none of them back. */
  static Resolver resolver(HostLookup.Source names) {
    return resolver(names, AddressGuard.parse("0.0.0.0/0,::/0"));
  }

  static Resolver resolver(HostLookup.Source names, AddressGuard guard) {
    return new Resolver(new HostLookup(names, 8, System::nanoTime), guard, new OwnPorts());
  }

  static Outcome call(
      HttpCaller caller, Callback callback, Map<String, String> extra, Duration deadline) {
    return caller.call(PROJECT, callback, new Body(callback.body(), () -> {}), extra, deadline);
  }

  static Outcome get(HttpCaller caller, String url) {
    return call(
        caller, new Callback(TargetUrl.stored(url), "GET", Map.of(), new byte[0]), Map.of(), AMPLE);
  }

  static Outcome post(HttpCaller caller, String url) {
    return call(
        caller,
        new Callback(TargetUrl.stored(url), "POST", Map.of(), new byte[] {'x'}),
        Map.of(),
        AMPLE);
  }
}
