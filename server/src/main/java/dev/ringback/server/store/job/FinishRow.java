package dev.ringback.server.store.job;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Outcome.Answered;
import dev.ringback.server.job.Outcome.Unanswered;
import dev.ringback.server.job.Verdict;
import dev.ringback.server.store.db.Columns;
import dev.ringback.server.store.db.Input;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A finish to write.
 *
 * @param next the firing that it plans
 */
record FinishRow(Finish finish, Optional<Firing> next) {
  static final Input<FinishRow> INPUT =
      Input.<FinishRow>of()
          .int4("project_id", row -> row.claim().lane().projectId())
          .uuid("job_id", row -> row.claim().jobId().value())
          .uuid("execution_id", row -> row.claim().executionId().value())
          .int2("bucket", row -> row.claim().jobId().bucket())
          .int4("owner", row -> row.claim().owner())
          .text("node", row -> row.claim().node())
          .int2("number", row -> (short) row.claim().number())
          .time("due_at", row -> row.claim().dueAt())
          .time("started_at", row -> row.claim().startedAt())
          .bool("completes", row -> row.finish().verdict() instanceof Verdict.Complete)
          .int8("backoff_ms", row -> backoffMillis(row.finish().verdict()))
          .uuid("next_execution_id", row -> row.next().map(next -> next.id().value()).orElse(null))
          .time("next_scheduled_at", row -> row.next().map(Firing::scheduledAt).orElse(null))
          .text("attempt_status", row -> succeeded(row.outcome()) ? "succeeded" : "failed")
          .int4("duration_ms", row -> (int) row.outcome().duration().toMillis())
          .int2("status_code", answered(answer -> (short) answer.statusCode()))
          .text("request_headers", row -> Columns.json(row.outcome().requestHeaders()))
          .text("response_headers", answered(answer -> Columns.json(answer.responseHeaders())))
          .bytes("response_body", answered(Answered::body))
          .bool("truncated", row -> isTruncated(row.outcome()))
          .text(
              "error_class",
              row -> error(row.outcome()).map(Attempt.Error::errorClass).orElse(null))
          .text(
              "error_message",
              row -> error(row.outcome()).map(Attempt.Error::message).orElse(null));

  /**
   * The order in which all who lock rows of the queue do it, so that no two wait for each other.
   */
  static final Comparator<FinishRow> BY_KEY =
      Comparator.<FinishRow>comparingInt(row -> row.claim().lane().projectId())
          .thenComparing(row -> row.claim().jobId().value())
          .thenComparing(row -> row.claim().executionId().value());

  /** An execution to come. */
  record Firing(ExecutionId id, Instant scheduledAt) {}

  private Claim claim() {
    return finish.claim();
  }

  private Outcome outcome() {
    return finish.outcome();
  }

  boolean isRetried() {
    return finish.verdict() instanceof Verdict.Retry;
  }

  private static @Nullable Long backoffMillis(Verdict verdict) {
    return verdict instanceof Verdict.Retry retry ? retry.backoff().toMillis() : null;
  }

  private static boolean succeeded(Outcome outcome) {
    return outcome instanceof Answered answer && answer.succeeded();
  }

  private static <V> Function<FinishRow, @Nullable V> answered(Function<Answered, V> value) {
    return row -> row.outcome() instanceof Answered answer ? value.apply(answer) : null;
  }

  private static boolean isTruncated(Outcome outcome) {
    return outcome instanceof Answered answer && answer.truncated();
  }

  private static Optional<Attempt.Error> error(Outcome outcome) {
    return switch (outcome) {
      case Answered answer ->
          answer.succeeded()
              ? Optional.empty()
              : Optional.of(Attempt.Error.status(answer.statusCode()));
      case Unanswered unanswered ->
          Optional.of(
              new Attempt.Error(
                  unanswered.errorClass().word(), Columns.text(unanswered.message())));
    };
  }
}
