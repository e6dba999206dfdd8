package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Change.Type;
import dev.ringback.server.job.Event.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is told of an event: what it says itself, and of the job what never changes. */
class ChangeTest {
  private static final JobId JOB = new JobId(new UUID(1, 1));
  private static final ExecutionId EXECUTION = new ExecutionId(new UUID(1, 2));
  private static final Instant CREATED = Instant.parse("2027-03-30T10:00:00Z");
  private static final Instant DUE = CREATED.plusSeconds(5);
  private static final Instant STARTED = CREATED.plusSeconds(6);
  private static final Instant AT = CREATED.plusSeconds(10);
  private static final Instant NEXT = AT.plusSeconds(30);

  private static Event event(Kind kind, JobStatus status, Optional<Event.End> end) {
    boolean isOfAttempt = kind != Kind.CREATED && kind != Kind.CANCELLED;
    return new Event(
        5,
        kind,
        AT,
        1,
        JOB,
        kind == Kind.CANCELLED ? Optional.empty() : Optional.of(EXECUTION),
        new Event.After(
            1, status, 7, Optional.of(NEXT), status.isFinal() ? Optional.of(AT) : Optional.empty()),
        isOfAttempt
            ? Optional.of(new Event.Call(2, "node", 3, DUE, STARTED, end))
            : Optional.empty());
  }

  private static Optional<Event.End> end(int statusCode) {
    return Optional.of(
        new Event.End(
            Optional.of(12),
            Optional.of(statusCode),
            9,
            true,
            statusCode < 300 ? Optional.empty() : Optional.of("status")));
  }

  private static Optional<Event.End> unanswered(String errorClass) {
    return Optional.of(
        new Event.End(Optional.of(12), Optional.empty(), 0, false, Optional.of(errorClass)));
  }

  private static JobFacts job(boolean once) {
    var spec =
        new JobSpec(
            new Callback(TargetUrl.stored("http://h/"), "POST", Map.of(), new byte[0]),
            once ? new Schedule.At(DUE) : new Schedule.Recurring(CronExpression.parse("* * * * *")),
            new Delivery(
                new RetryPolicy(3, Duration.ofSeconds(1), Duration.ofSeconds(2), Optional.empty()),
                Duration.ofSeconds(30)),
            Map.of("a", "b"));
    return new JobFacts(JOB, spec, once ? Optional.of(DUE) : Optional.empty(), CREATED);
  }

  private static Change change(Event event) {
    return Change.of(event, job(true), Optional.of("reset"), Optional.empty());
  }

  private static Attempt attempt(Change change) {
    return change.attempt().orElseThrow();
  }

  private static Attempt.Result result(Change change) {
    return attempt(change).result().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void theJobStandsAsTheEventSays(JobStatus status) {
    for (Kind kind : Kind.values()) {
      Event event = event(kind, status, end(200));
      Change change = change(event);
      Job.State state = change.job().state();
      assertThat(change.event()).isSameAs(event);
      assertThat(change.job().id()).isEqualTo(JOB);
      assertThat(change.job().spec().labels()).isEqualTo(Map.of("a", "b"));
      assertThat(state.status()).isEqualTo(status);
      assertThat(state.scheduledAt()).contains(DUE);
      assertThat(state.nextRunAt()).contains(NEXT);
      assertThat(state.attemptCount()).isEqualTo(7);
      assertThat(state.createdAt()).isEqualTo(CREATED);
      assertThat(state.updatedAt()).isEqualTo(AT);
      assertThat(state.finishedAt()).isEqualTo(event.after().finishedAt());
      assertThat(state.lastAttempt()).isEqualTo(change.attempt());
    }
  }

  @Test
  void anAttemptThatBeganIsOpen() {
    Attempt attempt = attempt(change(event(Kind.STARTED, JobStatus.RUNNING, Optional.empty())));
    assertThat(attempt)
        .isEqualTo(
            new Attempt(EXECUTION, 2, Attempt.Status.OPEN, DUE, STARTED, "node", Optional.empty()));
  }

  @Test
  void anAttemptThatWasAnsweredHasTheAnswersStatus() {
    Change succeeded = change(event(Kind.COMPLETED, JobStatus.COMPLETED, end(204)));
    assertThat(attempt(succeeded).status()).isEqualTo(Attempt.Status.SUCCEEDED);
    assertThat(result(succeeded).finishedAt()).isEqualTo(AT);
    assertThat(result(succeeded).durationMillis()).contains(12);
    assertThat(result(succeeded).error()).isEmpty();
    Attempt.Answer answer = result(succeeded).answer().orElseThrow();
    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(answer.truncated()).isTrue();
    assertThat(answer.headers()).isEmpty();
    assertThat(answer.body()).isEmpty();

    for (Kind kind : List.of(Kind.FAILED, Kind.RETRIED, Kind.STOPPED)) {
      Change failed = change(event(kind, JobStatus.PENDING, end(503)));
      assertThat(attempt(failed).status()).isEqualTo(Attempt.Status.FAILED);
      assertThat(result(failed).error()).contains(Attempt.Error.status(503));
    }
  }

  @Test
  void anAttemptWithoutAnAnswerSaysWhy() {
    Change change = change(event(Kind.RETRIED, JobStatus.PENDING, unanswered("closed")));
    assertThat(result(change).answer()).isEmpty();
    assertThat(result(change).error()).contains(new Attempt.Error("closed", "reset"));
  }

  /** Its day is no longer kept. */
  @Test
  void anAttemptWhoseMessageIsForgottenKeepsTheRest() {
    Event event = event(Kind.FAILED, JobStatus.FAILED, unanswered("dns"));
    Change change = Change.of(event, job(true), Optional.empty(), Optional.empty());
    assertThat(result(change).error()).contains(new Attempt.Error("dns", ""));
  }

  @Test
  void anAttemptThatWasLostNamesItsNode() {
    Change change =
        change(
            event(
                Kind.LOST,
                JobStatus.PENDING,
                Optional.of(
                    new Event.End(
                        Optional.empty(), Optional.empty(), 0, false, Optional.empty()))));
    assertThat(attempt(change).status()).isEqualTo(Attempt.Status.LOST);
    assertThat(result(change).error()).contains(Attempt.Error.lost("node"));
    assertThat(result(change).durationMillis()).isEmpty();
  }

  @Test
  void aCancelledJobHasTheLastAttemptThatItHad() {
    Attempt last = attempt(change(event(Kind.COMPLETED, JobStatus.PENDING, end(200))));
    Change cancelled =
        Change.of(
            event(Kind.CANCELLED, JobStatus.CANCELLED, Optional.empty()),
            job(false),
            Optional.empty(),
            Optional.of(last));
    assertThat(cancelled.attempt()).isEmpty();
    assertThat(cancelled.job().state().lastAttempt()).containsSame(last);
  }

  @Test
  void anAttemptThatEndedLaterWasOpen() {
    Attempt ended = attempt(change(event(Kind.COMPLETED, JobStatus.COMPLETED, end(200))));
    assertThat(ended.at(AT)).isSameAs(ended);
    assertThat(ended.at(AT.minusMillis(1)).status()).isEqualTo(Attempt.Status.OPEN);
    assertThat(ended.at(AT.minusMillis(1)).result()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "CREATED,   PENDING,   job_created,                      job_created",
    "STARTED,   RUNNING,   attempt_started,                  attempt_started",
    "RETRIED,   PENDING,   attempt_finished retry_scheduled, attempt_finished retry_scheduled",
    "RETRIED,   PAUSED,    attempt_finished retry_scheduled, attempt_finished retry_scheduled",
    "LOST,      PENDING,   attempt_finished retry_scheduled, attempt_finished retry_scheduled",
    "LOST,      CANCELLED, attempt_finished,                 attempt_finished",
    "COMPLETED, COMPLETED, attempt_finished job_completed,   attempt_finished",
    "COMPLETED, PENDING,   attempt_finished,                 attempt_finished",
    "COMPLETED, CANCELLED, attempt_finished,                 attempt_finished",
    "FAILED,    FAILED,    attempt_finished job_failed,      attempt_finished",
    "STOPPED,   CANCELLED, attempt_finished,                 attempt_finished",
    "CANCELLED, CANCELLED, job_cancelled,                    job_cancelled",
  })
  void isToldInTheseWords(Kind kind, JobStatus status, String once, String recurring) {
    Event event = event(kind, status, end(200));
    assertThat(Change.of(event, job(true), Optional.empty(), Optional.empty()).told())
        .isEqualTo(types(once));
    assertThat(Change.of(event, job(false), Optional.empty(), Optional.empty()).told())
        .isEqualTo(types(recurring));
  }

  private static List<Type> types(String words) {
    return Arrays.stream(words.split(" ")).map(Type::of).toList();
  }

  @ParameterizedTest
  @EnumSource(Type.class)
  void typesAreWordsOfTheApi(Type type) {
    assertThat(Type.of(type.word())).isEqualTo(type);
    assertThat(type.word()).isLowerCase();
  }
}
