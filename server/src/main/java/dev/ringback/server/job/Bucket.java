package dev.ringback.server.job;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * The 1,024 parts that jobs are spread over. Each key of the hot tables begins with the bucket, so
 * that the same schema can be distributed over several PostgreSQL servers.
 *
 * <p>The number is fixed for ever: ids carry their bucket in their last 10 bits.
 */
public final class Bucket {
  public static final int COUNT = 1024;

  private Bucket() {}

  /** The bucket that an id carries. */
  public static short of(UUID id) {
    return (short) (id.getLeastSignificantBits() & (COUNT - 1));
  }

  /**
   * The bucket of an idempotency key: always the same, so that one unique index per bucket makes
   * the key unique everywhere.
   */
  public static short of(int projectId, String idempotencyKey) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest((projectId + " " + idempotencyKey).getBytes(StandardCharsets.UTF_8));
      return (short) (ByteBuffer.wrap(hash).getShort() & (COUNT - 1));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
