package dev.ringback.server.store.job;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The end of every statement that changes jobs: it takes its turn and tells what happened.
 *
 * <p>The statement says what happened in a CTE of the name {@code happened}, with a row for each
 * event. One row of {@code events} takes all that are of one kind, status and node.
 */
final class Tell {
  /** How many events one row may have: as many positions as it has to itself. */
  static final int MOST = 4_096;

  private static final List<String> OF_ALL = List.of("kind", "status", "node");
  private static final List<String> OF_EACH = List.of("project_id", "job_id");

  private Tell() {}

  /**
   * What an event of a job that fires again and again has to tell of its other executions, for each
   * row {@code r} of a batch of rows of the queue, as {@code o}: when the next of them is due,
   * whether one of them is {@code running}, and how many {@code attempts} there were, without the
   * row's own. A job that fires once has no others.
   *
   * @param batch the CTE that has the rows
   */
  static String others(String batch) {
    return """
    (
          select
            min(q.due_at) filter (where q.owner is null and q.hold is null
              and q.execution_id <> all (select execution_id from %1$s)) as next_at,
            coalesce(bool_or(q.owner is not null
              and q.execution_id <> all (select execution_id from %1$s)), false) as running,
            coalesce(sum(q.attempt), 0) + coalesce((
              select j.attempt_count from jobs j
              where r.recurring and j.bucket = any (array[r.bucket]) and j.id = r.job_id), 0)
              as attempts
          from queue q
          where r.recurring and q.project_id = any (array[r.project_id]) and q.job_id = r.job_id
            and q.execution_id <> r.execution_id
        ) o\
    """
        .formatted(batch);
  }

  /**
   * The CTEs that tell, of at most {@link #MOST} events.
   *
   * @param before the other CTEs of the statement that lock rows: the turn is the last of all its
   *     locks
   * @param columns of {@code events} that are arrays: what {@code happened} has of each event,
   *     beside its kind, status, node, project and job
   */
  static String of(List<String> before, List<String> columns) {
    return of("happened", "", before, columns);
  }

  /** The same, of any number of events. */
  static String ofMany(List<String> before, List<String> columns) {
    return of(
        "(select *, (row_number() over () - 1) / %d as part from happened) happened"
            .formatted(MOST),
        ", part",
        before,
        columns);
  }

  private static String of(
      String happened, String parts, List<String> before, List<String> columns) {
    List<String> each = Stream.concat(OF_EACH.stream(), columns.stream()).toList();
    return """
    told as materialized (
        select %1$s, %2$s
        from %6$s
        group by %1$s%7$s
      ), turn as (
        -- Waits for all who change jobs at this moment, so nothing may be left to wait for then.
        select from feed where id = 0 and (select count(*) from told) > 0%3$s
        for update
      ), written as (
        insert into events (position, %1$s, %4$s)
        select nextval('event_positions') * %5$d, told.* from turn cross join told
      )\
    """
        .formatted(
            String.join(", ", OF_ALL),
            each.stream()
                .map(column -> "array_agg(%1$s) as %1$s".formatted(column))
                .collect(Collectors.joining(", ")),
            before.stream()
                .map(" and (select count(*) from %s) >= 0"::formatted)
                .collect(Collectors.joining()),
            String.join(", ", each),
            MOST,
            happened,
            parts);
  }
}
