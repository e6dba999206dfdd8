package dev.ringback.server.api.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import dev.ringback.server.api.watch.Watched;
import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.CronExpression;
import dev.ringback.server.job.Delivery;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.Execution;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.TargetUrl;
import dev.ringback.v1.WatchMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MessagesTest {
  private static final Instant TIME = Instant.parse("2027-03-30T10:00:00.123456Z");
  private static final JobId JOB = new JobId(new UUID(1, 2));
  private static final ExecutionId EXECUTION = new ExecutionId(new UUID(1, 3));
  private static final byte[] NONE = new byte[0];

  @Test
  void aJobWithEverything() {
    var message = Messages.job(job(spec(utf8("grün")), full()));
    assertThat(message.getId()).isEqualTo(JOB.toString());
    assertThat(message.getStatus()).isEqualTo(dev.ringback.v1.Job.Status.failed);
    assertThat(message.getUrl()).isEqualTo("https://example.com");
    assertThat(message.getMethod()).isEqualTo("PUT");
    assertThat(message.getHeadersMap()).isEqualTo(Map.of("A", "1"));
    assertThat(message.getBody()).isEqualTo("grün");
    assertThat(message.hasBinaryBody()).isFalse();
    assertThat(message.getCron()).isEqualTo("@daily");
    assertThat(message.getTimeZone()).isEqualTo("UTC");
    assertThat(message.getMaxRetries()).isEqualTo(4);
    assertThat(message.getRetryPolicy().getMinBackoff()).isEqualTo("10s");
    assertThat(message.getRetryPolicy().getMaxBackoff()).isEqualTo("1h");
    assertThat(message.getRetryPolicy().getMaxRetryDuration()).isEqualTo("168h");
    assertThat(message.getAttemptDeadline()).isEqualTo("30s");
    assertThat(message.getAttemptCount()).isEqualTo(5);
    assertThat(message.getLabelsMap()).isEqualTo(Map.of("team", "billing"));
    assertThat(message.getScheduledAt()).isEqualTo(Messages.timestamp(TIME));
    assertThat(message.getNextRunAt()).isEqualTo(Messages.timestamp(TIME.plusSeconds(1)));
    assertThat(message.getCreatedAt()).isEqualTo(Messages.timestamp(TIME.plusSeconds(2)));
    assertThat(message.getUpdatedAt()).isEqualTo(Messages.timestamp(TIME.plusSeconds(3)));
    assertThat(message.getFinishedAt()).isEqualTo(Messages.timestamp(TIME.plusSeconds(4)));
    assertThat(message.getLastAttempt().getNumber()).isEqualTo(2);
  }

  @Test
  void whatAJobHasNotIsAbsent() {
    JobSpec once =
        new JobSpec(
            new Callback(TargetUrl.stored("https://example.com"), "POST", Map.of(), NONE),
            new Schedule.After(Duration.ZERO),
            new Delivery(
                new RetryPolicy(3, Duration.ofSeconds(10), Duration.ofHours(1), Optional.empty()),
                Duration.ofSeconds(30)),
            Map.of());
    var message = Messages.job(job(once, empty(JobStatus.PENDING)));
    assertThat(message.hasCron()).isFalse();
    assertThat(message.hasTimeZone()).isFalse();
    assertThat(message.hasScheduledAt()).isFalse();
    assertThat(message.hasNextRunAt()).isFalse();
    assertThat(message.hasFinishedAt()).isFalse();
    assertThat(message.hasLastAttempt()).isFalse();
    assertThat(message.hasBinaryBody()).isFalse();
    assertThat(message.getRetryPolicy().getMaxRetryDuration()).isEmpty();
  }

  @Test
  void listsLeaveHeadersAndBodiesOut() {
    var message = Messages.listedJob(job(spec(utf8("a")), full()));
    assertThat(message.getHeadersMap()).isEmpty();
    assertThat(message.hasBody()).isFalse();
    assertThat(message.hasBinaryBody()).isFalse();
    assertThat(message.getUrl()).isEqualTo("https://example.com");
  }

  @Test
  void theAnswerToABatchLeavesOutWhatMayBeLarge() {
    var listed = Messages.listedJob(job(spec(utf8("a")), full()));
    assertThat(listed.getLabelsMap()).isNotEmpty();
    assertThat(listed.hasLastAttempt()).isTrue();
    assertThat(Messages.createdJob(job(spec(utf8("a")), full())))
        .isEqualTo(listed.toBuilder().clearUrl().clearLabels().clearLastAttempt().build());
  }

  @Test
  void aBodyThatIsNoTextIsBinary() {
    byte[] cut = utf8("grü");
    var message = Messages.job(job(spec(Arrays.copyOf(cut, cut.length - 1)), full()));
    assertThat(message.hasBody()).isFalse();
    assertThat(message.getBinaryBody().size()).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(JobStatus.class)
  void everyStatusOfAJobHasItsWord(JobStatus status) {
    assertThat(Messages.job(job(spec(NONE), empty(status))).getStatus().name())
        .isEqualTo(status.word());
  }

  @ParameterizedTest
  @EnumSource(Execution.Status.class)
  void executions(Execution.Status status) {
    var waits = new Execution(EXECUTION, JOB, status, TIME, Optional.of(TIME), Optional.empty(), 2);
    var message = Messages.execution(waits);
    assertThat(message.getId()).isEqualTo(EXECUTION.toString());
    assertThat(message.getJobId()).isEqualTo(JOB.toString());
    assertThat(message.getStatus().name()).isEqualTo(status.word());
    assertThat(message.getScheduledAt()).isEqualTo(Messages.timestamp(TIME));
    assertThat(message.getNextRunAt()).isEqualTo(Messages.timestamp(TIME));
    assertThat(message.hasFinishedAt()).isFalse();
    assertThat(message.getAttemptCount()).isEqualTo(2);
    var ended = new Execution(EXECUTION, JOB, status, TIME, Optional.empty(), Optional.of(TIME), 2);
    assertThat(Messages.execution(ended).hasNextRunAt()).isFalse();
    assertThat(Messages.execution(ended).getFinishedAt()).isEqualTo(Messages.timestamp(TIME));
  }

  @ParameterizedTest
  @EnumSource(Attempt.Status.class)
  void anAttemptThatIsOpenHasNoResult(Attempt.Status status) {
    var message = Messages.attempt(attempt(status, Optional.empty()));
    assertThat(message.getNumber()).isEqualTo(2);
    assertThat(message.getExecutionId()).isEqualTo(EXECUTION.toString());
    assertThat(message.getStatus().name()).isEqualTo(status.word());
    assertThat(message.getNode()).isEqualTo("node-1");
    assertThat(message.hasFinishedAt()).isFalse();
    assertThat(message.hasDurationMs()).isFalse();
    assertThat(message.hasStatusCode()).isFalse();
    assertThat(message.hasResponseBody()).isFalse();
    assertThat(message.hasBinaryResponseBody()).isFalse();
    assertThat(message.hasError()).isFalse();
  }

  @Test
  void anAttemptThatGotNoAnswer() {
    var message =
        Messages.attempt(
            attempt(
                Attempt.Status.FAILED,
                Optional.of(
                    new Attempt.Result(
                        TIME,
                        Optional.of(12),
                        Map.of("A", "1"),
                        Optional.empty(),
                        Optional.of(new Attempt.Error("timeout", "no answer"))))));
    assertThat(message.getFinishedAt()).isEqualTo(Messages.timestamp(TIME));
    assertThat(message.getDurationMs()).isEqualTo(12);
    assertThat(message.getRequestHeadersMap()).isEqualTo(Map.of("A", "1"));
    assertThat(message.getError().getClass_()).isEqualTo("timeout");
    assertThat(message.getError().getMessage()).isEqualTo("no answer");
    assertThat(message.hasStatusCode()).isFalse();
  }

  @Test
  void anAnswerWithoutABody() {
    var message = answer(NONE, false);
    assertThat(message.getStatusCode()).isEqualTo(200);
    assertThat(message.getResponseHeadersMap()).isEqualTo(Map.of("b", "2"));
    assertThat(message.hasResponseBody()).isFalse();
    assertThat(message.hasBinaryResponseBody()).isFalse();
    assertThat(message.hasError()).isFalse();
  }

  /** Bodies as hex; a cut one may end within a character, which is then left out. */
  @ParameterizedTest
  @CsvSource({
    "61, false, a",
    "6100, false, 'a\0'",
    "efbbbf61, false, '\ufeffa'",
    "6772c3bc, false, grü",
    "6772c3bc, true, grü",
    "6772c3, true, gr",
    "6772c3, false, ",
    "61e282, true, a",
    "61e2, true, a",
    "61f09f98, true, a",
    "61f09f9880, true, a\uD83D\uDE00",
    "c3, true, ''",
    "ff, true, ",
    "61ff61, true, ",
    "61c361, true, ",
    "61c0, true, ",
    // A surrogate and a long form, which are no UTF-8.
    "eda080, false, ",
    "c0af, false, ",
  })
  void answersAreTextWhereTheyAreUtf8(String hex, boolean cut, @Nullable String text) {
    byte[] body = HexFormat.of().parseHex(hex);
    var message = answer(body, cut);
    assertThat(message.getResponseTruncated()).isEqualTo(cut);
    assertThat(message.hasResponseBody()).isEqualTo(text != null);
    assertThat(message.hasBinaryResponseBody()).isEqualTo(text == null);
    if (text == null) {
      assertThat(message.getBinaryResponseBody().toByteArray()).isEqualTo(body);
    } else {
      assertThat(message.getResponseBody()).isEqualTo(text);
    }
  }

  @Test
  void timesKeepTheirMicroseconds() {
    assertThat(Messages.timestamp(TIME))
        .isEqualTo(
            Timestamp.newBuilder().setSeconds(TIME.getEpochSecond()).setNanos(123_456_000).build());
    assertThat(Messages.timestamp(Instant.EPOCH.minusNanos(1)))
        .isEqualTo(Timestamp.newBuilder().setSeconds(-1).setNanos(999_999_999).build());
  }

  @Test
  void aSnapshotIsTheJobAsListsShowIt() {
    WatchMessage message = Messages.snapshot("token", TIME, job(spec(utf8("a")), full()));
    assertThat(message)
        .isEqualTo(
            WatchMessage.newBuilder()
                .setType(WatchMessage.Type.snapshot)
                .setResumeToken("token")
                .setAt(Messages.timestamp(TIME))
                .setJob(Messages.listedJob(job(spec(utf8("a")), full())))
                .build());
    assertThat(message.getJob().getHeadersMap()).isEmpty();
  }

  @Test
  void aCheckpointIsOfNoJob() {
    assertThat(Messages.checkpoint("token", TIME))
        .isEqualTo(
            WatchMessage.newBuilder()
                .setType(WatchMessage.Type.checkpoint)
                .setResumeToken("token")
                .setAt(Messages.timestamp(TIME))
                .build());
  }

  @ParameterizedTest
  @EnumSource(Change.Type.class)
  void aChangeHasItsJobItsExecutionAndItsAttempt(Change.Type type) {
    Change change = Watched.change(5, Event.Kind.RETRIED);
    WatchMessage message = Messages.change("token", change, type);
    assertThat(message.getType().name()).isEqualTo(type.word());
    assertThat(message.getResumeToken()).isEqualTo("token");
    assertThat(message.getAt()).isEqualTo(Messages.timestamp(change.event().at()));
    assertThat(message.getJob()).isEqualTo(Messages.listedJob(change.job()));
    assertThat(message.getExecutionId()).isEqualTo(Watched.EXECUTION.toString());
    assertThat(message.getAttempt()).isEqualTo(Messages.attempt(change.attempt().orElseThrow()));
  }

  @Test
  void whatIsOfNoAttemptHasNone() {
    WatchMessage created =
        Messages.change("t", Watched.change(5, Event.Kind.CREATED), Change.Type.JOB_CREATED);
    assertThat(created.hasAttempt()).isFalse();
    assertThat(created.getExecutionId()).isEqualTo(Watched.EXECUTION.toString());
    WatchMessage cancelled =
        Messages.change("t", Watched.change(5, Event.Kind.CANCELLED), Change.Type.JOB_CANCELLED);
    assertThat(cancelled.hasAttempt()).isFalse();
    assertThat(cancelled.hasExecutionId()).isFalse();
  }

  private static dev.ringback.v1.Attempt answer(byte[] body, boolean cut) {
    return Messages.attempt(
        attempt(
            Attempt.Status.SUCCEEDED,
            Optional.of(
                new Attempt.Result(
                    TIME,
                    Optional.of(12),
                    Map.of(),
                    Optional.of(new Attempt.Answer(200, Map.of("b", "2"), body, cut)),
                    Optional.empty()))));
  }

  private static Attempt attempt(Attempt.Status status, Optional<Attempt.Result> result) {
    return new Attempt(EXECUTION, 2, status, TIME, TIME, "node-1", result);
  }

  private static Job job(JobSpec spec, Job.State state) {
    return new Job(JOB, spec, state);
  }

  private static JobSpec spec(byte[] body) {
    return new JobSpec(
        new Callback(TargetUrl.stored("https://example.com"), "PUT", Map.of("A", "1"), body),
        new Schedule.Recurring(CronExpression.parse("@daily")),
        new Delivery(
            new RetryPolicy(
                4, Duration.ofSeconds(10), Duration.ofHours(1), Optional.of(Duration.ofDays(7))),
            Duration.ofSeconds(30)),
        Map.of("team", "billing"));
  }

  private static Job.State full() {
    return new Job.State(
        JobStatus.FAILED,
        Optional.of(TIME),
        Optional.of(TIME.plusSeconds(1)),
        5,
        Optional.of(attempt(Attempt.Status.OPEN, Optional.empty())),
        TIME.plusSeconds(2),
        TIME.plusSeconds(3),
        Optional.of(TIME.plusSeconds(4)));
  }

  private static Job.State empty(JobStatus status) {
    return new Job.State(
        status,
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.empty(),
        TIME,
        TIME,
        Optional.empty());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
