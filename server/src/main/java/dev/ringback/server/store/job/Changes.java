package dev.ringback.server.store.job;

import static java.util.Objects.requireNonNull;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobFacts;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.Input;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What events were: it adds to them the facts of their jobs, and of their attempts what events
 * leave out.
 *
 * <p>Thread-safe.
 */
final class Changes {
  // Of the attempts' partitions only the day's is opened. "offset 0" lets each be looked up by
  // itself.
  private static final Input<Event> FAILED =
      Input.<Event>of()
          .int8("position", Event::position)
          .int2("bucket", event -> event.job().bucket())
          .uuid("job_id", event -> event.job().value())
          .uuid("execution_id", event -> event.execution().map(ExecutionId::value).orElse(null))
          .int4("number", event -> event.attempt().map(Event.Call::number).orElse(null))
          .time("started_at", event -> event.attempt().map(Event.Call::startedAt).orElse(null));

  static final String MESSAGES =
      """
      select i.position, a.error_message
      from %s cross join lateral (
        select a.error_message from attempts a
        where a.bucket = i.bucket and a.job_id = i.job_id and a.execution_id = i.execution_id
          and a.number = i.number and a.started_at = i.started_at
        offset 0) a
      """
          .formatted(FAILED.rows());

  private final Database database;
  private final JobFactsCache known;

  Changes(Database database) {
    this.database = database;
    this.known = new JobFactsCache(database);
  }

  /**
   * The changes that events were: with the jobs as they stood after them, and their attempts. In
   * order; those whose job is gone are left out.
   */
  List<Change> describe(List<Event> events) {
    if (events.isEmpty()) {
      return List.of();
    }
    Map<JobFactsCache.Key, JobFacts> facts = known.get(events);
    Map<Long, String> messages = messages(events);
    Map<JobId, Attempt> last = lastOfCancelled(events);
    return events.stream()
        .filter(event -> facts.containsKey(JobFactsCache.Key.of(event)))
        .map(event ->
            Change.of(
                event,
                requireNonNull(facts.get(JobFactsCache.Key.of(event))),
                Optional.ofNullable(messages.get(event.position())),
                Optional.ofNullable(last.get(event.job()))
                    .filter(attempt -> !attempt.startedAt().isAfter(event.at()))
                    .map(attempt -> attempt.at(event.at()))))
        .toList();
  }

  /** By positions: of failures that neither a status nor the loss of the node explains. */
  private Map<Long, String> messages(List<Event> events) {
    List<Event> failed =
        events.stream()
            .filter(event ->
                event.attempt().flatMap(Event.Call::end).stream()
                    .anyMatch(end -> end.errorClass().isPresent() && end.statusCode().isEmpty()))
            .toList();
    Map<Long, String> messages = new HashMap<>();
    if (!failed.isEmpty()) {
      database.run(connection -> {
        try (var statement = connection.prepareStatement(MESSAGES)) {
          bind(connection, statement, failed);
          try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
              messages.put(rows.getLong("position"), rows.getString("error_message"));
            }
          }
        }
        return true;
      });
    }
    return messages;
  }

  /** Sets the parameters of {@link #MESSAGES}. */
  static void bind(Connection connection, PreparedStatement statement, List<Event> events)
      throws SQLException {
    FAILED.bind(connection, statement, 1, events);
  }

  /** A cancel is of no attempt, but its job may have had some. */
  private Map<JobId, Attempt> lastOfCancelled(List<Event> events) {
    Map<Integer, List<JobId>> cancelled =
        events.stream()
            .filter(event -> event.kind() == Event.Kind.CANCELLED)
            .collect(
                Collectors.groupingBy(
                    Event::projectId, Collectors.mapping(Event::job, Collectors.toList())));
    Map<JobId, Attempt> last = new HashMap<>();
    if (!cancelled.isEmpty()) {
      database.run(connection -> {
        for (var project : cancelled.entrySet()) {
          last.putAll(
              Attempts.last(connection, project.getKey(), project.getValue(), AttemptRows.SUMMARY));
        }
        return true;
      });
    }
    return last;
  }
}
