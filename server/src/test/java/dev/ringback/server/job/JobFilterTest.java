package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** For what a filter lets through see {@code MatcherTest} and {@code JobsListTest}. */
class JobFilterTest {
  private static final JobId ONE = new JobId(new UUID(1, 1));
  private static final JobId OTHER = new JobId(new UUID(1, 2));

  @Test
  void isOneTextInWhateverOrderItIsGiven() {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("b", "2");
    labels.put("a", "say \"1\\2\"");
    Set<JobId> ids = new LinkedHashSet<>(List.of(OTHER, ONE));
    var filter = new JobFilter(7, ids, labels, Set.of(JobStatus.PENDING, JobStatus.FAILED));
    assertThat(filter.text())
        .isEqualTo(
            "project:7 status:failed,pending label.a:\"say \\\"1\\\\2\\\"\" label.b:\"2\" id:"
                + ONE
                + ","
                + OTHER);
    assertThat(JobFilter.all(7).text()).isEqualTo("project:7");
  }

  @Test
  void isAnotherTextForAnotherFilter() {
    assertThat(
            Stream.of(
                    JobFilter.all(1),
                    JobFilter.all(2),
                    JobFilter.of(1, Set.of(ONE)),
                    JobFilter.of(1, Set.of(OTHER)),
                    JobFilter.of(1, Set.of(ONE, OTHER)),
                    new JobFilter(1, Set.of(), Map.of(), Set.of(JobStatus.FAILED)),
                    new JobFilter(1, Set.of(), Map.of(), Set.of(JobStatus.RUNNING)),
                    labelled(Map.of("a", "1")),
                    labelled(Map.of("a", "1", "b", "2")),
                    labelled(Map.of("a", "1\" label.b:\"2")),
                    labelled(Map.of("a", "1\\\" label.b:\"2")),
                    labelled(Map.of("a", "1\\", "b", "2")))
                .map(JobFilter::text))
        .doesNotHaveDuplicates();
  }

  private static JobFilter labelled(Map<String, String> labels) {
    return new JobFilter(1, Set.of(), labels, Set.of());
  }
}
