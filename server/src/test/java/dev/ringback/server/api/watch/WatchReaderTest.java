package dev.ringback.server.api.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ringback.server.api.RawHeaders;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.read.ResumeToken;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import dev.ringback.server.refusal.Violation;
import dev.ringback.v1.Job;
import dev.ringback.v1.WatchJobRequest;
import dev.ringback.v1.WatchJobsRequest;
import dev.ringback.v1.WatchMessage;
import io.grpc.Metadata;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WatchReaderTest {
  private static final int PROJECT = 7;
  private static final JobId ONE = new JobId(new UUID(1, 1));
  private static final JobId OTHER = new JobId(new UUID(1, 2));
  private static final ResumeToken EARLY = ResumeToken.behind(5);
  private static final ResumeToken LATE = ResumeToken.behind(9);

  private static CallContext call(String lastEventId) {
    Metadata headers = new Metadata();
    headers.put(CallContext.key("last-event-id"), lastEventId);
    return new CallContext(PROJECT, headers, new Metadata());
  }

  private static Watches.Wanted read(WatchJobsRequest.Builder request) {
    return WatchReader.read(request.build(), call(""));
  }

  private static List<Violation> violations(WatchJobsRequest.Builder request) {
    var refused = catchThrowableOfType(InvalidFields.class, () -> read(request));
    assertThat(refused).isNotNull();
    return refused.violations();
  }

  private static WatchJobsRequest.Builder request() {
    return WatchJobsRequest.newBuilder();
  }

  @Test
  void readsNothingAsEverything() {
    Watches.Wanted wanted = read(request());
    assertThat(wanted.filter()).isEqualTo(new JobFilter(PROJECT, Set.of(), Map.of(), Set.of()));
    assertThat(wanted.types()).isEmpty();
    assertThat(wanted.resume()).isEmpty();
  }

  @Test
  void readsAllThatMayBeAskedFor() {
    Watches.Wanted wanted =
        read(
            request()
                .addId(ONE.toString())
                .addId(OTHER.toString())
                .addId(ONE.toString())
                .addStatus(Job.Status.failed)
                .addStatus(Job.Status.running)
                .addLabel("team=billing")
                .addLabel("equation=a=b")
                .addType(WatchMessage.Type.job_failed)
                .addType(WatchMessage.Type.snapshot)
                .setResumeToken(EARLY.textForAnyFilter()));
    assertThat(wanted.filter())
        .isEqualTo(
            new JobFilter(
                PROJECT,
                Set.of(ONE, OTHER),
                Map.of("team", "billing", "equation", "a=b"),
                Set.of(JobStatus.FAILED, JobStatus.RUNNING)));
    assertThat(wanted.types())
        .containsExactlyInAnyOrder(Change.Type.JOB_FAILED, Change.Type.SNAPSHOT);
    assertThat(wanted.resume()).contains(EARLY);
  }

  @Test
  void readsEveryTypeOfMessage() {
    for (WatchMessage.Type type : WatchMessage.Type.values()) {
      if (type != WatchMessage.Type.type_unspecified && type != WatchMessage.Type.UNRECOGNIZED) {
        assertThat(read(request().addType(type)).types())
            .extracting(Change.Type::word)
            .containsExactly(type.name());
      }
    }
    assertThat(Change.Type.values()).hasSize(WatchMessage.Type.values().length - 2);
  }

  @Test
  void tellsAllThatIsWrong() {
    assertThat(
            violations(
                request()
                    .addId(ONE.toString())
                    .addId("job_1")
                    .addStatusValue(99)
                    .addLabel("team")
                    .addType(WatchMessage.Type.type_unspecified)
                    .addTypeValue(99)
                    .setResumeToken("junk")))
        .extracting(Violation::field)
        .containsExactlyInAnyOrder("id[1]", "status", "label", "type", "type", "resume_token");
  }

  @Test
  void takesUpToAThousandIds() {
    List<String> ids =
        IntStream.range(0, 1_001).mapToObj(i -> new JobId(new UUID(1, i)).toString()).toList();
    assertThat(read(request().addAllId(ids.subList(0, 1_000))).filter().ids()).hasSize(1_000);
    assertThat(violations(request().addAllId(ids)))
        .containsExactly(new Violation("id", "must be at most 1000 ids"));
  }

  /** An EventSource sends the URL that it began with again, and where it is beside. */
  @Test
  void theLastEventIdWinsOverTheTokenInTheUrl() {
    WatchJobsRequest several = request().setResumeToken(EARLY.textForAnyFilter()).build();
    assertThat(WatchReader.read(several, call(LATE.textForAnyFilter())).resume()).contains(LATE);
    assertThat(WatchReader.read(several, call("")).resume()).contains(EARLY);
    assertThat(WatchReader.read(request().build(), call(LATE.textForAnyFilter())).resume())
        .contains(LATE);
    WatchJobRequest one =
        WatchJobRequest.newBuilder()
            .setId(ONE.toString())
            .setResumeToken(EARLY.textForAnyFilter())
            .build();
    assertThat(WatchReader.read(one, call(LATE.textForAnyFilter())).resume()).contains(LATE);
    assertThatThrownBy(() -> WatchReader.read(several, call("junk")))
        .isInstanceOf(InvalidFields.class);
  }

  @Test
  void theLastEventIdMustBeSure() {
    Metadata twice =
        RawHeaders.of(
            "last-event-id", LATE.textForAnyFilter(), "last-event-id", LATE.textForAnyFilter());
    Metadata odd = RawHeaders.of("last-event-id", "ü");
    for (Metadata headers : List.of(twice, odd)) {
      var call = new CallContext(PROJECT, headers, new Metadata());
      assertThatThrownBy(() -> WatchReader.read(request().build(), call))
          .isInstanceOfSatisfying(
              InvalidFields.class,
              refused ->
                  assertThat(refused.violations())
                      .extracting(Violation::field)
                      .containsExactly("last-event-id"));
    }
  }

  /** Whoever resumes with another filter would miss what the first one left out. */
  @Test
  void aTokenIsGoodForTheSameFilterOnly() {
    List<WatchJobsRequest.Builder> filters =
        List.of(
            request(),
            request().addId(ONE.toString()),
            request().addStatus(Job.Status.failed),
            request().addLabel("a=1"),
            request().addType(WatchMessage.Type.snapshot));
    for (WatchJobsRequest.Builder told : filters) {
      ResumeToken token = EARLY;
      String text = token.text(read(told.clone()).text());
      for (WatchJobsRequest.Builder asked : filters) {
        WatchJobsRequest.Builder request = asked.clone().setResumeToken(text);
        if (asked == told) {
          assertThat(read(request).resume()).contains(token);
        } else {
          assertThat(violations(request)).extracting(Violation::field).contains("resume_token");
        }
      }
    }
    // Nor those of another project's.
    String text = EARLY.text(read(request()).text());
    CallContext foreign = new CallContext(PROJECT + 1, new Metadata(), new Metadata());
    assertThatThrownBy(() -> WatchReader.read(request().setResumeToken(text).build(), foreign))
        .isInstanceOf(InvalidFields.class);
  }

  @Test
  void aFilterInAnotherOrderIsTheSame() {
    var one =
        request().addId(ONE.toString()).addId(OTHER.toString()).addLabel("a=1").addLabel("b=2");
    var other =
        request().addId(OTHER.toString()).addId(ONE.toString()).addLabel("b=2").addLabel("a=1");
    one.addStatus(Job.Status.failed).addStatus(Job.Status.pending);
    other.addStatus(Job.Status.pending).addStatus(Job.Status.failed);
    assertThat(read(one).text()).isEqualTo(read(other).text());
  }

  @Test
  void readsAWatchOfOneJob() {
    WatchJobRequest.Builder request = WatchJobRequest.newBuilder().setId(ONE.toString());
    Watches.Wanted wanted = WatchReader.read(request.build(), call(""));
    assertThat(wanted.filter()).isEqualTo(JobFilter.of(PROJECT, Set.of(ONE)));
    assertThat(wanted.types()).isEmpty();
    assertThat(wanted.resume()).isEmpty();
    assertThatThrownBy(() -> WatchReader.read(request.setResumeToken("junk").build(), call("")))
        .isInstanceOfSatisfying(
            InvalidFields.class,
            refused ->
                assertThat(refused.violations())
                    .extracting(Violation::field)
                    .containsExactly("resume_token"));
    assertThatThrownBy(() -> WatchReader.read(request.setId("job_1").build(), call("")))
        .isInstanceOf(JobNotFound.class);
  }

  /** So that a filter is no larger than what it can find. */
  @Test
  void asksForLabelsThatJobsCanHave() {
    for (String label :
        List.of("=v", "none", "k".repeat(64) + "=v", "ü=v", "k=" + "v".repeat(256))) {
      assertThat(violations(request().addLabel(label)))
          .singleElement()
          .matches(v -> v.field().equals("label"));
    }
    WatchJobsRequest.Builder many = request();
    IntStream.rangeClosed(1, 32).forEach(i -> many.addLabel("k" + i + "=v"));
    assertThat(read(many.addLabel("k1=v")).filter().labels()).hasSize(32);
    assertThat(violations(many.addLabel("k33=v")))
        .containsExactly(new Violation("label", "must be at most 32"));
  }

  @Test
  void asksForOneValueOfAKey() {
    assertThat(violations(request().addLabel("a=1").addLabel("a=2")))
        .containsExactly(new Violation("label", "asks for two values of a: no job has both"));
  }
}
