package dev.ringback.server.job;

import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One HTTP call, as recorded.
 *
 * @param dueAt when it was due: the firing's time, for a retry the end of its backoff. The API
 *     calls it the attempt's {@code scheduled_at}
 */
public record Attempt(
    ExecutionId executionId,
    int number,
    Status status,
    Instant dueAt,
    Instant startedAt,
    String node,
    Optional<Result> result) {
  /** As it was at a time after it was begun: open, if it ended later. */
  public Attempt at(Instant time) {
    return result.filter(end -> end.finishedAt().isAfter(time)).isEmpty()
        ? this
        : new Attempt(executionId, number, Status.OPEN, dueAt, startedAt, node, Optional.empty());
  }

  /** What became of an attempt, in the words of the API. */
  public enum Status {
    OPEN,
    SUCCEEDED,
    FAILED,
    LOST;

    /** The word in the API and in the database. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Status of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }

  /**
   * How a closed attempt ended.
   *
   * @param durationMillis absent when lost
   * @param answer absent when there was none
   * @param error absent when it succeeded
   */
  public record Result(
      Instant finishedAt,
      Optional<Integer> durationMillis,
      Map<String, String> requestHeaders,
      Optional<Answer> answer,
      Optional<Error> error) {}

  /** What the target answered; the body is the first 64 KiB. */
  public record Answer(
      int statusCode, Map<String, String> headers, byte[] body, boolean truncated) {}

  /** Why the call failed, see {@link Outcome.ErrorClass}. */
  public record Error(String errorClass, String message) {
    /** Of an answer that is not success. */
    public static Error status(int statusCode) {
      return new Error(
          Outcome.ErrorClass.STATUS.word(), "the target answered " + statusCode + ", not 2xx");
    }

    /** Of an attempt whose node was declared dead. */
    public static Error lost(String node) {
      return new Error(
          Outcome.ErrorClass.LOST.word(),
          "the node " + node + " stopped or was cut off during the call");
    }
  }
}
