package dev.ringback.server.store.job;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What was made of values that come again and again: up to so many, then it begins anew.
 *
 * <p>Thread-safe.
 */
final class Remembered<K, V> {
  private static final int MOST = 10_000;

  private final ConcurrentHashMap<K, V> known = new ConcurrentHashMap<>();
  private final Function<? super K, ? extends V> make;

  Remembered(Function<? super K, ? extends V> make) {
    this.make = make;
  }

  V get(K key) {
    V value = known.get(key);
    if (value != null) {
      return value;
    }
    if (known.size() >= MOST) {
      known.clear();
    }
    return known.computeIfAbsent(key, make);
  }
}
