package dev.ringback.client;

import java.util.Locale;

/** Converts between our enums and the words of the wire, which are the same in lower case. */
final class Words {
  private Words() {}

  static dev.ringback.v1.Job.Status status(Job.Status status) {
    return status == Job.Status.UNKNOWN
        ? unknown(status)
        : dev.ringback.v1.Job.Status.valueOf(word(status));
  }

  static dev.ringback.v1.WatchMessage.Type type(WatchMessage.Type type) {
    return type == WatchMessage.Type.UNKNOWN
        ? unknown(type)
        : dev.ringback.v1.WatchMessage.Type.valueOf(word(type));
  }

  private static <T> T unknown(Enum<?> value) {
    throw new IllegalArgumentException(value + " can't be asked for");
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** The enum of a word; {@code unknown} where this client is older than the word. */
  static <E extends Enum<E>> E read(Class<E> type, Enum<?> wire) {
    for (E value : type.getEnumConstants()) {
      if (word(value).equals(wire.name())) {
        return value;
      }
    }
    return Enum.valueOf(type, "UNKNOWN");
  }
}
