package dev.ringback.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Delivery;
import dev.ringback.server.job.Happened;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.TargetUrl;
import dev.ringback.server.watch.Matcher.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MatcherTest {
  private static final JobId ONE = new JobId(new UUID(1, 1));
  private static final JobId OTHER = new JobId(new UUID(1, 2));
  private static final Map<String, String> LABELS = Map.of("team", "billing", "tier", "1");

  /** Of project 7, pending, with labels. */
  private static final Change CREATED = created();

  private static Change created() {
    var spec =
        new JobSpec(
            new Callback(TargetUrl.stored("http://h/"), "POST", Map.of(), new byte[0]),
            new Schedule.At(Instant.EPOCH),
            new Delivery(
                new RetryPolicy(3, Duration.ofSeconds(1), Duration.ofSeconds(2), Optional.empty()),
                Duration.ofSeconds(30)),
            LABELS);
    var state =
        new Job.State(
            JobStatus.PENDING,
            Optional.empty(),
            Optional.empty(),
            0,
            Optional.empty(),
            Instant.EPOCH,
            Instant.EPOCH,
            Optional.empty());
    var event = Happened.created(5, 7, ONE);
    return new Change(event, new Job(ONE, spec, state), Optional.empty(), List.of());
  }

  private static boolean passes(
      int project, Set<JobId> jobs, Map<String, String> labels, Set<JobStatus> statuses) {
    Matcher matcher = new Matcher(new JobFilter(project, jobs, labels, statuses));
    return matcher.mayPass(CREATED.event()) && matcher.passes(CREATED);
  }

  @Test
  void letsNothingOfOtherProjectsThrough() {
    assertThat(passes(7, Set.of(), Map.of(), Set.of())).isTrue();
    assertThat(passes(8, Set.of(), Map.of(), Set.of())).isFalse();
    assertThat(passes(8, Set.of(ONE), LABELS, Set.of(JobStatus.PENDING))).isFalse();
  }

  @Test
  void letsJobsThroughByTheirIds() {
    assertThat(passes(7, Set.of(ONE), Map.of(), Set.of())).isTrue();
    assertThat(passes(7, Set.of(OTHER, ONE), Map.of(), Set.of())).isTrue();
    assertThat(passes(7, Set.of(OTHER), Map.of(), Set.of())).isFalse();
  }

  @Test
  void letsThroughWhatHasAllLabels() {
    assertThat(passes(7, Set.of(), Map.of("team", "billing"), Set.of())).isTrue();
    assertThat(passes(7, Set.of(), LABELS, Set.of())).isTrue();
    assertThat(passes(7, Set.of(), Map.of("team", "1"), Set.of())).isFalse();
    assertThat(passes(7, Set.of(), Map.of("team", "billing", "tier", "2"), Set.of())).isFalse();
    assertThat(passes(7, Set.of(), Map.of("team", "billing", "area", "1"), Set.of())).isFalse();
  }

  @Test
  void letsThroughWhatHasOneOfTheStatuses() {
    assertThat(passes(7, Set.of(), Map.of(), Set.of(JobStatus.PENDING))).isTrue();
    assertThat(passes(7, Set.of(), Map.of(), Set.of(JobStatus.FAILED, JobStatus.PENDING))).isTrue();
    assertThat(passes(7, Set.of(), Map.of(), Set.of(JobStatus.FAILED))).isFalse();
  }

  @Test
  void looksWhereItFindsAllWithTheLeastToLeaveOut() {
    assertThat(topics(JobFilter.of(7, Set.of(ONE)))).containsExactly(new Topic.OfJob(ONE));
    assertThat(topics(new JobFilter(7, Set.of(ONE, OTHER), LABELS, Set.of(JobStatus.FAILED))))
        .containsExactlyInAnyOrder(new Topic.OfJob(ONE), new Topic.OfJob(OTHER));
    assertThat(topics(new JobFilter(7, Set.of(), Map.of("tier", "1"), Set.of())))
        .containsExactly(new Topic.OfLabel(7, "tier", "1"));
    // It is found by either; the same each time.
    JobFilter both = new JobFilter(7, Set.of(), LABELS, Set.of());
    assertThat(topics(both)).hasSize(1).isEqualTo(topics(both));
    assertThat(topics(new JobFilter(7, Set.of(), Map.of(), Set.of(JobStatus.FAILED))))
        .containsExactly(new Topic.OfProject(7));
  }

  private static List<Topic> topics(JobFilter filter) {
    return new Matcher(filter).topics();
  }
}
