package dev.ringback.server.store.tenant;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/** The keys themselves, of which the database has hashes and beginnings. */
final class KeyText {
  private static final String MARK = "rb_sk_";
  private static final int RANDOM_BYTES = 32;
  private static final Pattern OURS = Pattern.compile(MARK + "[A-Za-z0-9_-]{43}");

  /** The mark and 36 of 256 random bits. */
  static final int PREFIX = MARK.length() + 6;

  /** Of a key that somebody thought up: it may have no more than 22 characters. */
  private static final int SHORT_PREFIX = 4;

  private KeyText() {}

  static String random(SecureRandom random) {
    byte[] bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    return MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** How a key begins, as far as everybody may see it. */
  static String prefix(String key) {
    int length = OURS.matcher(key).matches() ? PREFIX : SHORT_PREFIX;
    return key.substring(0, Math.min(length, key.length()));
  }

  static byte[] hash(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
