package dev.ringback.server.config;

import dev.ringback.server.engine.http.AddressGuard;
import java.time.Duration;
import java.util.List;

/**
 * How callbacks are made.
 *
 * @param allow CIDRs that they may reach although they are private
 * @param slots how many calls this node may have in flight
 * @param log whether a line is printed for each
 * @param drainGrace how long they may take when the node stops
 */
public record Callbacks(List<String> allow, int slots, boolean log, Duration drainGrace) {
  public Callbacks {
    allow = List.copyOf(allow);
  }

  static Callbacks read(Reader reader) {
    return new Callbacks(
        reader.get("CALLBACK_ALLOW", "", Callbacks::cidrs),
        reader.number("CALL_SLOTS", "1024", 1, 100_000),
        reader.flag("CALL_LOG", "false"),
        reader.duration("DRAIN_GRACE", "20s", Duration.ofHours(1)));
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
