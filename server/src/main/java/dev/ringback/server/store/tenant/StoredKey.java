package dev.ringback.server.store.tenant;

import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What is known of a key, and no secret.
 *
 * @param hash SHA-256 of the key, in hexadecimal digits
 * @param prefix how the key begins; empty while that is not known, see {@link Keys#noteUse}
 * @param lastUsedAt to the minute; empty where no use is on record
 * @param bySetting whether RINGBACK_API_KEY says it, or said it last
 */
public record StoredKey(
    String hash,
    Optional<String> prefix,
    String project,
    Instant madeAt,
    Optional<Instant> lastUsedAt,
    boolean bySetting) {
  private static final String HASH = "sha256:";
  private static final int DIGITS = 8;

  /** Shorter beginnings of names would fit more keys than are meant. */
  private static final int SHORTEST = 8;

  /** What people call it by: how it begins or, where that is not known, {@link #id}. */
  public String name() {
    return prefix
        .map(known -> known.length() < KeyText.PREFIX ? known + "..." : known)
        .orElseGet(this::id);
  }

  /** The beginning of the hash, which no key's name can be taken for. */
  public String id() {
    return HASH + hash.substring(0, DIGITS);
  }

  /** Whether a text names this key: by its name or id, the beginning of one, or the whole key. */
  public boolean isMeantBy(String text) {
    return text.equals(name())
        || text.length() >= SHORTEST && (name().startsWith(text) || (HASH + hash).startsWith(text))
        || HexFormat.of().formatHex(KeyText.hash(text)).equals(hash);
  }
}
