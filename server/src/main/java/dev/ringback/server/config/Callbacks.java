package dev.ringback.server.config;

import dev.ringback.server.engine.http.AddressGuard;
import java.time.Duration;
import java.util.List;

/**
 * How callbacks are made.
 *
 * @param allow CIDRs that they may reach although they are private
 * @param slots how many calls this node may have in flight
 * @param drainGrace how long they may take when the node stops
 * @param log whether a line is printed for each
 */
public record Callbacks(List<String> allow, int slots, Duration drainGrace, boolean log) {
  public Callbacks {
    allow = List.copyOf(allow);
  }

  static Callbacks read(Reader reader) {
    return new Callbacks(
        reader.get("CALLBACK_ALLOW", "", Callbacks::cidrs),
        reader.number("CALL_SLOTS", "1024", 1, 100_000),
        reader.duration("DRAIN_GRACE", "20s", Duration.ofHours(1)),
        reader.flag("CALL_LOG", "false"));
  }

  private static List<String> cidrs(String text) {
    try {
      AddressGuard.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("must be CIDRs: " + e.getMessage(), e);
    }
    return Reader.list(text);
  }
}
