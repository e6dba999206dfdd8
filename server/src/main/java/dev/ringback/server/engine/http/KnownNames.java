package dev.ringback.server.engine.http;

import java.net.InetAddress;
import java.security.Security;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that names had when they were last looked up, kept for as long as the JDK itself
 * keeps them: the security properties {@code networkaddress.cache.ttl} and {@code
 * networkaddress.cache.negative.ttl} say how long. The JDK knows them too; here they are known
 * without a thread that may block.
 *
 * <p>Since both keep an answer equally long, and the JDK has it a moment earlier, the two times do
 * not add up.
 *
 * <p>Thread-safe.
 */
final class KnownNames {
  private static final int MOST = 10_000;

  /** In seconds; the JDK's own defaults where nothing is set. */
  private static final int FOUND = 30;

  private static final int NOT_FOUND = 10;

  private final LongSupplier nanos;
  private final long foundNanos = nanos("networkaddress.cache.ttl", FOUND);
  private final long notFoundNanos = nanos("networkaddress.cache.negative.ttl", NOT_FOUND);

  /** The oldest first; guarded by this. */
  private final Map<String, Known> names = new LinkedHashMap<>();

  private record Known(List<InetAddress> addresses, long atNanos) {}

  KnownNames(LongSupplier nanos) {
    this.nanos = nanos;
  }

  private static long nanos(String property, int otherwise) {
    String seconds = Security.getProperty(property);
    try {
      int set = seconds == null ? otherwise : Integer.parseInt(seconds.strip());
      return set < 0 ? Long.MAX_VALUE : set * 1_000_000_000L;
    } catch (NumberFormatException e) {
      return otherwise * 1_000_000_000L;
    }
  }

  /** The addresses of a name, none where it has none; null when that is not known. */
  synchronized @Nullable List<InetAddress> get(String host) {
    Known known = names.get(host);
    if (known == null) {
      return null;
    }
    long longest = known.addresses().isEmpty() ? notFoundNanos : foundNanos;
    if (nanos.getAsLong() - known.atNanos() < longest) {
      return known.addresses();
    }
    names.remove(host);
    return null;
  }

  /** Notes what a look-up has found. */
  synchronized void put(String host, List<InetAddress> addresses) {
    names.remove(host);
    names.put(host, new Known(addresses, nanos.getAsLong()));
    if (names.size() > MOST) {
      names.remove(names.keySet().iterator().next());
    }
  }
}
