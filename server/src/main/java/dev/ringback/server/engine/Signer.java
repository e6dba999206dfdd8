package dev.ringback.server.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ringback.server.job.SigningSecret;
import dev.ringback.server.store.db.Unavailable;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signs callbacks by Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks),
 * with all of a project's secrets that have not expired. They are read anew when they are older
 * than {@link #FRESH}, which is how soon a node follows a rotation.
 *
 * <p>Thread-safe.
 */
final class Signer implements AutoCloseable {
  static final Duration FRESH = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(Signer.class);
  private static final Duration PAUSE = Duration.ofMillis(250);

  /** How many read at a time, so that connections are left for claims and finishes. */
  private static final int READS = 2;

  private static final String HMAC = "HmacSHA256";

  private final IntFunction<List<SigningSecret>> source;
  private final LongSupplier nanos;
  private final ConcurrentHashMap<Integer, Project> projects = new ConcurrentHashMap<>();
  private final Semaphore reads = new Semaphore(READS, true);
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * What is known of a project. Whoever holds the lock reads; all others wait for what was read.
   */
  private static final class Project {
    final ReentrantLock lock = new ReentrantLock();
    volatile @Nullable Known known;
  }

  private record Known(List<SecretKeySpec> keys, long atNanos) {}

  /**
   * @param source reads the secrets that a project signs with now, newest first
   * @param nanos a clock that only ever goes forward, as {@link System#nanoTime}
   */
  Signer(IntFunction<List<SigningSecret>> source, LongSupplier nanos) {
    this.source = source;
    this.nanos = nanos;
  }

  /**
   * The value of {@code webhook-signature}. Waits for the database where that is away and nothing
   * is known of the project yet.
   *
   * @return nothing when this node stops meanwhile
   */
  Optional<String> sign(int projectId, String id, Instant timestamp, byte[] body) {
    List<SecretKeySpec> keys = keys(projectId);
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    byte[] head = (id + "." + timestamp.getEpochSecond() + ".").getBytes(US_ASCII);
    List<String> signatures = new ArrayList<>(keys.size());
    for (SecretKeySpec key : keys) {
      signatures.add("v1," + Base64.getEncoder().encodeToString(hmac(key, head, body)));
    }
    return Optional.of(String.join(" ", signatures));
  }

  private static byte[] hmac(SecretKeySpec key, byte[] head, byte[] body) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(key);
      mac.update(head);
      return mac.doFinal(body);
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every Java platform has " + HMAC, e);
    }
  }

  /** Empty when this node stops. */
  private List<SecretKeySpec> keys(int projectId) {
    Project project = projects.computeIfAbsent(projectId, _ -> new Project());
    Known known = project.known;
    if (known != null && isFresh(known)) {
      return known.keys();
    }
    project.lock.lock();
    try {
      known = project.known;
      return known != null && isFresh(known) ? known.keys() : read(projectId, project);
    } finally {
      project.lock.unlock();
    }
  }

  private boolean isFresh(Known known) {
    return nanos.getAsLong() - known.atNanos() < FRESH.toNanos();
  }

  private List<SecretKeySpec> read(int projectId, Project project) {
    do {
      reads.acquireUninterruptibly();
      try {
        List<SecretKeySpec> keys =
            source.apply(projectId).stream()
                .map(secret -> new SecretKeySpec(secret.key(), HMAC))
                .toList();
        project.known = new Known(keys, nanos.getAsLong());
        return keys;
      } catch (Unavailable e) {
        log.atDebug().log("no signing secrets: {}", e.getMessage());
        Known known = project.known;
        if (known != null) {
          // Receivers know these too, so that a call need not be late. Soon looked for again.
          long soon = nanos.getAsLong() - FRESH.minus(PAUSE).toNanos();
          project.known = new Known(known.keys(), soon);
          return known.keys();
        }
      } finally {
        reads.release();
      }
    } while (!closesWithin(PAUSE));
    return List.of();
  }

  private boolean closesWithin(Duration pause) {
    try {
      return closed.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** Sends away those who wait for the database. */
  @Override
  public void close() {
    closed.countDown();
  }
}
