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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** What an event says of a job that is read later, when more has happened. */
class ChangeTest {
  private static final JobId JOB = new JobId(new UUID(1, 1));
  private static final ExecutionId EXECUTION = new ExecutionId(new UUID(1, 2));

  /** Of all that happens here the job's creation is the first, then the event. */
  private static final Instant CREATED = Instant.parse("2027-03-30T10:00:00Z");

  private static final Instant AT = CREATED.plusSeconds(10);
  private static final Instant NEXT = AT.plusSeconds(30);
  private static final Instant LATER = AT.plusSeconds(60);
  private static final Instant LATER_STILL = AT.plusSeconds(90);

  private static final Attempt SUCCEEDED =
      new Attempt(
          EXECUTION,
          2,
          Attempt.Status.SUCCEEDED,
          CREATED,
          AT,
          "node",
          Optional.of(
              new Attempt.Result(
                  LATER, Optional.of(5), Map.of(), Optional.empty(), Optional.empty())));

  private static Event event(Kind kind, int number, @Nullable Instant nextAt) {
    return new Event(
        5,
        kind,
        AT,
        1,
        JOB,
        kind == Kind.CANCELLED ? Optional.empty() : Optional.of(EXECUTION),
        number,
        Optional.empty(),
        Optional.ofNullable(nextAt));
  }

  private static Event event(Kind kind) {
    return switch (kind) {
      case CREATED -> event(kind, 0, NEXT);
      case RETRIED, LOST -> event(kind, 2, NEXT);
      case CANCELLED -> event(kind, 0, null);
      default -> event(kind, 2, null);
    };
  }

  private static Job job(Schedule schedule, Job.State state) {
    var spec =
        new JobSpec(
            new Callback(TargetUrl.stored("http://h/"), "POST", Map.of(), new byte[0]),
            schedule,
            new RetryPolicy(3, Duration.ofSeconds(1), Duration.ofSeconds(2), Optional.empty()),
            Duration.ofSeconds(30),
            Map.of());
    return new Job(JOB, spec, state);
  }

  /** As it is read when all is over: after a third attempt. */
  private static Job once(JobStatus status) {
    return job(
        new Schedule.At(CREATED),
        new Job.State(
            status,
            Optional.of(CREATED),
            Optional.of(LATER_STILL),
            3,
            Optional.of(SUCCEEDED),
            CREATED,
            LATER_STILL,
            Optional.of(LATER)));
  }

  private static Job recurring(JobStatus status, @Nullable Instant finishedAt) {
    return job(
        new Schedule.Recurring(CronExpression.parse("* * * * *")),
        new Job.State(
            status,
            Optional.empty(),
            Optional.of(LATER_STILL),
            7,
            Optional.of(SUCCEEDED),
            CREATED,
            LATER,
            Optional.ofNullable(finishedAt)));
  }

  private static Change change(Event event, Job read) {
    return Change.of(event, read, event.number() == 0 ? Optional.empty() : Optional.of(SUCCEEDED));
  }

  private static List<Type> types(String words) {
    return Arrays.stream(words.split(" ")).map(Type::of).toList();
  }

  /** Whatever has become of the job since. */
  @ParameterizedTest
  @CsvSource({
    "CREATED,   COMPLETED, pending,   0, job_created",
    "CREATED,   CANCELLED, pending,   0, job_created",
    "STARTED,   COMPLETED, running,   2, attempt_started",
    "STARTED,   RUNNING,   running,   2, attempt_started",
    "STARTED,   CANCELLED, running,   2, attempt_started",
    "RETRIED,   FAILED,    pending,   2, attempt_finished retry_scheduled",
    "RETRIED,   CANCELLED, pending,   2, attempt_finished retry_scheduled",
    "LOST,      RUNNING,   pending,   2, attempt_finished retry_scheduled",
    "LOST,      CANCELLED, pending,   2, attempt_finished retry_scheduled",
    "COMPLETED, COMPLETED, completed, 2, attempt_finished job_completed",
    "FAILED,    FAILED,    failed,    2, attempt_finished job_failed",
    "CANCELLED, CANCELLED, cancelled, 3, job_cancelled",
    // The call of a job that was cancelled before.
    "COMPLETED, CANCELLED, cancelled, 2, attempt_finished",
    "STOPPED,   CANCELLED, cancelled, 2, attempt_finished",
  })
  void aJobThatFiresOnceStandsAsTheEventSays(
      Kind kind, JobStatus read, String status, int attempts, String told) {
    Event event = event(kind);
    Change change = change(event, once(read));
    Job.State state = change.job().state();
    assertThat(change.event()).isEqualTo(event);
    assertThat(change.job().id()).isEqualTo(JOB);
    assertThat(state.status()).isEqualTo(JobStatus.of(status));
    assertThat(state.attemptCount()).isEqualTo(attempts);
    assertThat(state.nextRunAt()).isEqualTo(event.nextAt());
    assertThat(state.scheduledAt()).contains(CREATED);
    assertThat(state.createdAt()).isEqualTo(CREATED);
    assertThat(state.finishedAt().isPresent()).isEqualTo(state.status().isFinal());
    assertThat(change.told()).isEqualTo(types(told));
  }

  @ParameterizedTest
  @EnumSource(names = {"COMPLETED", "FAILED", "CANCELLED"})
  void aJobThatFiresOnceEndsWithTheEvent(Kind kind) {
    Job.State state = change(event(kind), once(JobStatus.valueOf(kind.name()))).job().state();
    assertThat(state.updatedAt()).isEqualTo(AT);
    assertThat(state.finishedAt()).contains(AT);
  }

  @ParameterizedTest
  @EnumSource(names = {"CREATED", "STARTED", "RETRIED", "LOST"})
  void aJobThatFiresOnceIsAsItWasMadeUntilItEnds(Kind kind) {
    Job.State state = change(event(kind), once(JobStatus.FAILED)).job().state();
    assertThat(state.updatedAt()).isEqualTo(CREATED);
    assertThat(state.finishedAt()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"COMPLETED", "STOPPED", "LOST"})
  void aJobThatWasCancelledStaysAsItWasWhateverBecomesOfItsCall(Kind kind) {
    Change change = change(event(kind, 2, null), once(JobStatus.CANCELLED));
    Job.State state = change.job().state();
    assertThat(state.status()).isEqualTo(JobStatus.CANCELLED);
    assertThat(state.finishedAt()).contains(LATER);
    assertThat(state.updatedAt()).isEqualTo(LATER_STILL);
    assertThat(state.nextRunAt()).isEmpty();
    assertThat(change.told()).containsExactly(Type.ATTEMPT_FINISHED);
  }

  @Test
  void anAttemptThatHasEndedSinceWasOpenWhenItBegan() {
    for (Job read : List.of(once(JobStatus.COMPLETED), recurring(JobStatus.PENDING, null))) {
      Change change = change(event(Kind.STARTED), read);
      Attempt attempt = change.attempt().orElseThrow();
      assertThat(attempt)
          .isEqualTo(
              new Attempt(
                  EXECUTION, 2, Attempt.Status.OPEN, CREATED, AT, "node", Optional.empty()));
      assertThat(change.job().state().lastAttempt()).contains(attempt);
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"CREATED", "STARTED", "CANCELLED"})
  void anAttemptThatEndedIsAsItWasRead(Kind kind) {
    for (Job read : List.of(once(JobStatus.CANCELLED), recurring(JobStatus.PENDING, null))) {
      Change change = change(event(kind), read);
      assertThat(change.attempt()).containsSame(SUCCEEDED);
      assertThat(change.job().state().lastAttempt()).containsSame(SUCCEEDED);
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"CREATED", "CANCELLED"})
  void anAttemptThatIsNoLongerKeptIsAbsent(Kind kind) {
    Change change = Change.of(event(kind), once(JobStatus.CANCELLED), Optional.empty());
    assertThat(change.attempt()).isEmpty();
    assertThat(change.job().state().lastAttempt()).isEmpty();
    assertThat(change.job().state().attemptCount()).isEqualTo(2);
  }

  @Test
  void aNewJobHasNoAttemptAndACancelledOneItsLast() {
    for (Job read : List.of(once(JobStatus.CANCELLED), recurring(JobStatus.CANCELLED, LATER))) {
      Change created = change(event(Kind.CREATED), read);
      assertThat(created.attempt()).isEmpty();
      assertThat(created.job().state().lastAttempt()).isEmpty();
      Change cancelled = change(event(Kind.CANCELLED), read);
      assertThat(cancelled.attempt()).isEmpty();
      assertThat(cancelled.job().state().lastAttempt()).containsSame(SUCCEEDED);
    }
  }

  /** The job as it was read still fires. */
  @ParameterizedTest
  @CsvSource({
    "CREATED,   RUNNING, pending, job_created",
    "STARTED,   PENDING, running, attempt_started",
    "COMPLETED, PENDING, pending, attempt_finished",
    "COMPLETED, RUNNING, running, attempt_finished",
    "FAILED,    PENDING, pending, attempt_finished",
    "RETRIED,   RUNNING, running, attempt_finished retry_scheduled",
    "LOST,      PENDING, pending, attempt_finished retry_scheduled",
  })
  void aJobThatFiresAgainAndAgainStandsAsItWasRead(
      Kind kind, JobStatus read, String status, String told) {
    Change change = change(event(kind), recurring(read, null));
    Job.State state = change.job().state();
    boolean created = kind == Kind.CREATED;
    assertThat(state.status()).isEqualTo(JobStatus.of(status));
    assertThat(state.attemptCount()).isEqualTo(created ? 0 : 7);
    assertThat(state.nextRunAt()).contains(created ? NEXT : LATER_STILL);
    assertThat(state.finishedAt()).isEmpty();
    assertThat(change.told()).isEqualTo(types(told));
  }

  /** The job as it was read has been cancelled, after the event or before. */
  @ParameterizedTest
  @CsvSource({
    "CREATED,   60,  pending",
    "STARTED,   60,  running",
    "COMPLETED, 60,  pending",
    "FAILED,    60,  pending",
    "RETRIED,   60,  pending",
    "LOST,      60,  pending",
    "CANCELLED, 0,   cancelled",
    "COMPLETED, -1,  cancelled",
    "STOPPED,   -1,  cancelled",
    "LOST,      -1,  cancelled",
  })
  void aJobThatFiredAgainAndAgainUntilItWasCancelled(
      Kind kind, int secondsAfterTheEvent, String status) {
    Instant cancelledAt = AT.plusSeconds(secondsAfterTheEvent);
    Change change = change(event(kind), recurring(JobStatus.CANCELLED, cancelledAt));
    Job.State state = change.job().state();
    assertThat(state.status()).isEqualTo(JobStatus.of(status));
    assertThat(state.finishedAt())
        .isEqualTo(status.equals("cancelled") ? Optional.of(cancelledAt) : Optional.empty());
    if (kind == Kind.CANCELLED) {
      assertThat(change.told()).containsExactly(Type.JOB_CANCELLED);
    }
    if (kind == Kind.STOPPED) {
      assertThat(change.told()).containsExactly(Type.ATTEMPT_FINISHED);
    }
  }

  @ParameterizedTest
  @EnumSource(Type.class)
  void typesAreWordsOfTheApi(Type type) {
    assertThat(Type.of(type.word())).isEqualTo(type);
    assertThat(type.word()).isLowerCase();
  }
}
