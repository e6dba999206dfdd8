package dev.ringback.server.engine;

import dev.ringback.server.engine.http.Body;
import dev.ringback.server.engine.http.HttpCaller;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Outcome.ErrorClass;
import dev.ringback.server.job.Outcome.Unanswered;
import dev.ringback.server.job.Verdict;
import dev.ringback.server.store.db.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one claimed attempt: body, signature, call, verdict, record. No transaction is open
 * meanwhile.
 *
 * <p>Thread-safe; each attempt runs on a virtual thread of its own.
 */
final class AttemptRunner {
  private static final Logger log = LoggerFactory.getLogger(AttemptRunner.class);

  private static final CompletableFuture<Boolean> SETTLED = CompletableFuture.completedFuture(true);

  private final Bodies bodies;
  private final Signer signer;
  private final HttpCaller caller;
  private final Recorder recorder;
  private final CallLog callLog;
  private final InstantSource clock;
  private final RandomGenerator random;

  AttemptRunner(
      Bodies bodies,
      Signer signer,
      HttpCaller caller,
      Recorder recorder,
      CallLog callLog,
      InstantSource clock,
      RandomGenerator random) {
    this.bodies = bodies;
    this.signer = signer;
    this.caller = caller;
    this.recorder = recorder;
    this.callLog = callLog;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Makes the call. Its thread is not kept until the outcome is on record.
   *
   * @return is completed once the outcome is durable, or the attempt is no longer this node's
   */
  CompletableFuture<?> run(Claim claim) {
    Optional<Outcome> outcome = call(claim);
    outcome.ifPresent(ended -> callLog.ended(claim, ended));
    return outcome.map(ended -> settle(claim, ended)).orElse(SETTLED);
  }

  /** The deadline begins with the call: a target gets all of it, however long its body waited. */
  private Optional<Outcome> call(Claim claim) {
    try (Body body = bodies.take(claim)) {
      return body == null
          ? Optional.empty()
          : headers(claim, body)
              .map(added ->
                  caller.call(
                      claim.lane().projectId(),
                      claim.callback(),
                      body,
                      added,
                      claim.delivery().attemptDeadline()));
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("execution", claim.executionId())
          .setCause(e)
          .log("a call could not be prepared");
      return Optional.of(
          new Unanswered(
              ErrorClass.INTERNAL, "the call could not be prepared", Map.of(), Duration.ZERO));
    }
  }

  /** Not on the recorder's thread, which would wait for room that it makes itself. */
  private CompletableFuture<Boolean> settle(Claim claim, Outcome outcome) {
    return record(claim, outcome)
        .exceptionallyComposeAsync(
            failure -> settleOtherwise(claim, outcome, failure),
            task -> Thread.ofVirtual().name("unrecorded").start(task));
  }

  /**
   * What Ringback adds to the job's own headers. The delivery id is the same on every retry.
   *
   * @return nothing, when this node stops before it can sign
   */
  private Optional<Map<String, String>> headers(Claim claim, Body body) {
    String deliveryId = claim.executionId().toString();
    Instant now = clock.instant();
    return signer
        .sign(claim.lane().projectId(), deliveryId, now, body.bytes())
        .map(signature -> {
          Map<String, String> headers = LinkedHashMap.newLinkedHashMap(6);
          headers.put("X-Fliq-Delivery-Id", deliveryId);
          headers.put("webhook-id", deliveryId);
          headers.put("webhook-timestamp", Long.toString(now.getEpochSecond()));
          headers.put("webhook-signature", signature);
          headers.put("X-Ringback-Attempt", Integer.toString(claim.number()));
          headers.put("X-Ringback-Job-Id", claim.jobId().toString());
          return headers;
        });
  }

  private CompletableFuture<Boolean> record(Claim claim, Outcome outcome) {
    Instant now = clock.instant();
    Verdict verdict = Verdict.of(claim, outcome, now, random);
    try {
      return recorder.record(new Finish(claim, outcome, verdict, nextScheduledAt(claim, now)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return SETTLED;
    }
  }

  /** Firings that were missed meanwhile are made up for by the one that just was. */
  private static Optional<Instant> nextScheduledAt(Claim claim, Instant now) {
    Instant after = now.isAfter(claim.scheduledAt()) ? now : claim.scheduledAt();
    return claim.cron().flatMap(cron -> cron.next(after));
  }

  /** An answer that can't be written must not leave its execution running for ever. */
  private CompletableFuture<Boolean> settleOtherwise(
      Claim claim, Outcome outcome, Throwable failure) {
    if (failure instanceof Unavailable) {
      log.atWarn()
          .addKeyValue("execution", claim.executionId())
          .log("a result could not be recorded before the node stopped; the attempt is lost");
      return SETTLED;
    }
    log.atError()
        .addKeyValue("execution", claim.executionId())
        .setCause(failure)
        .log("a result could not be recorded as it is");
    var bare =
        new Unanswered(
            ErrorClass.INTERNAL, "the answer could not be recorded", Map.of(), outcome.duration());
    return record(claim, bare)
        .exceptionally(again -> {
          log.atError()
              .addKeyValue("execution", claim.executionId())
              .setCause(again)
              .log("nor otherwise");
          return false;
        });
  }
}
