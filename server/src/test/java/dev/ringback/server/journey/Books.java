package dev.ringback.server.journey;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import dev.ringback.server.journey.CallbackTarget.Hit;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** What the database has on record, held against what callers were told and targets have seen. */
record Books(Set<String> completedJobs, Map<Call, String> attempts) {
  /** One call, as the target sees it and as the record has it. */
  record Call(String deliveryId, int attempt) {}

  /** Waits until nothing is due or being called any more, then reads all. */
  static Books closed(Connection database, Duration longest) throws Exception {
    Await.until(
        "nothing is left to call",
        longest,
        () -> number(database, "select count(*) from queue") == 0);
    Set<String> completed = new HashSet<>();
    Map<Call, String> attempts = new HashMap<>();
    try (var statement = database.createStatement()) {
      try (var rows =
          statement.executeQuery("select job_id from ended_jobs where status = 'completed'")) {
        while (rows.next()) {
          completed.add(new JobId(rows.getObject(1, UUID.class)).toString());
        }
      }
      try (var rows = statement.executeQuery("select execution_id, number, status from attempts")) {
        while (rows.next()) {
          String execution = new ExecutionId(rows.getObject(1, UUID.class)).toString();
          attempts.put(new Call(execution, rows.getInt(2)), rows.getString(3));
        }
      }
    }
    return new Books(completed, attempts);
  }

  static long number(Connection database, String query) throws SQLException {
    try (var statement = database.createStatement();
        var rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** Nothing acknowledged is lost, and no call was made that is not on record, or twice as one. */
  void agreeWith(Set<String> acknowledged, List<Hit> hits) {
    Set<String> lost = new HashSet<>(acknowledged);
    lost.removeAll(completedJobs);
    assertThat(lost).as("jobs acknowledged and not completed").isEmpty();
    List<Call> calls = hits.stream().map(hit -> new Call(hit.deliveryId(), hit.attempt())).toList();
    assertThat(calls).as("calls").doesNotHaveDuplicates();
    assertThat(hits)
        .allSatisfy(
            hit -> assertThat(hit.headers()).containsEntry("x-fliq-delivery-id", hit.deliveryId()));
    Set<Call> unrecorded = new HashSet<>(calls);
    unrecorded.removeAll(attempts.keySet());
    assertThat(unrecorded).as("calls that are not on record").isEmpty();
    assertThat(attempts.values().stream().collect(toSet())).doesNotContain("open");
  }

  long lost() {
    return attempts.values().stream().filter("lost"::equals).count();
  }
}
