package dev.ringback.server.job;

import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/**
 * The text form of ids: a prefix, an underscore and the UUID's 128 bits as 26 characters of
 * Crockford's base 32 in lower case.
 *
 * <p>This is the TypeID format (https://github.com/jetify-com/typeid/tree/main/spec): text sorts as
 * the UUID does, and thereby by time.
 */
final class TypedId {
  private static final char[] ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
  private static final int LENGTH = 26;
  private static final byte[] VALUES = values();

  private TypedId() {}

  static String text(String prefix, UUID id) {
    char[] text = new char[prefix.length() + 1 + LENGTH];
    prefix.getChars(0, prefix.length(), text, 0);
    text[prefix.length()] = '_';
    long high = id.getMostSignificantBits();
    long low = id.getLeastSignificantBits();
    for (int at = text.length - 1; at > prefix.length(); at--) {
      text[at] = ALPHABET[(int) (low & 31)];
      low = (low >>> 5) | (high << 59);
      high >>>= 5;
    }
    return new String(text);
  }

  /** The id that the text names; empty when it is not such a text. */
  static Optional<UUID> parse(String prefix, String text) {
    int start = prefix.length() + 1;
    if (text.length() != start + LENGTH
        || !text.startsWith(prefix)
        || text.charAt(start - 1) != '_'
        // 26 characters hold 130 bits: the first may only use 3 of its 5.
        || text.charAt(start) > '7') {
      return Optional.empty();
    }
    long high = 0;
    long low = 0;
    for (int at = start; at < text.length(); at++) {
      char c = text.charAt(at);
      int value = c < VALUES.length ? VALUES[c] : -1;
      if (value < 0) {
        return Optional.empty();
      }
      high = (high << 5) | (low >>> 59);
      low = (low << 5) | value;
    }
    return Optional.of(new UUID(high, low));
  }

  private static byte[] values() {
    byte[] values = new byte[128];
    Arrays.fill(values, (byte) -1);
    for (int i = 0; i < ALPHABET.length; i++) {
      values[ALPHABET[i]] = (byte) i;
    }
    return values;
  }
}
