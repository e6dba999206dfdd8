package dev.ringback.server.store.job;

import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.StoreFixture;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The statements that run all the time, as they are in {@link FilledTables}. */
enum HotStatement {
  CLAIM(
      Claims.CLAIM,
      (tables, connection, statement) ->
          Claims.bind(connection, statement, tables.node, Claims.Demand.of(FilledTables.BATCH))),

  BODY(Claims.BODY, (tables, _, statement) -> Claims.bind(statement, tables.claims.getLast())),

  END(
      Finishes.END,
      (tables, connection, statement) ->
          tables.store.finishes.bind(
              connection, statement, tables.claims.stream().map(StoreFixture::completed).toList())),

  END_ONCE(
      Finishes.END_ONCE,
      (tables, connection, statement) ->
          tables.store.finishes.bind(
              connection, statement, tables.claims.stream().map(StoreFixture::completed).toList())),

  RETRY(
      Finishes.RETRY,
      (tables, connection, statement) ->
          tables.store.finishes.bind(
              connection,
              statement,
              tables.claims.stream()
                  .map(claim -> StoreFixture.retried(claim, Duration.ofSeconds(1)))
                  .toList())),

  RELEASE(
      Rescue.RELEASE,
      (tables, connection, statement) ->
          Rescue.bind(connection, statement, tables.node, List.of())),

  KEYS(
      IdempotencyKeys.READ,
      (tables, connection, statement) -> IdempotencyKeys.bind(connection, statement, tables.keys)),

  AFTER(
      Events.AFTER,
      (tables, _, statement) -> {
        statement.setLong(1, tables.events.getFirst().position());
        statement.setLong(2, tables.events.getFirst().position());
        statement.setInt(3, FilledTables.BATCH);
      }),

  HEAD(Events.HEAD, (_, _, _) -> {}),

  HORIZON(
      tables -> Partitions.raiseHorizon(Partitions.name("events", tables.today())),
      (_, _, _) -> {}),

  OF_PROJECT(
      Events.OF_PROJECT,
      (tables, connection, statement) -> ofProject(tables, connection, statement, Set.of())),

  OF_JOB(
      Events.OF_PROJECT,
      (tables, connection, statement) ->
          ofProject(tables, connection, statement, Set.of(tables.events.getLast().job()))),

  BACK(Events.BACK, (_, _, statement) -> statement.setInt(1, FilledTables.BATCH)),

  FACTS(
      JobFactsCache.READ,
      (tables, connection, statement) ->
          JobFactsCache.bind(
              connection, statement, tables.events.stream().map(Event::job).toList())),

  MESSAGES(
      Changes.MESSAGES,
      (tables, connection, statement) -> Changes.bind(connection, statement, tables.events)),

  OPEN(
      Attempts.OPEN,
      (tables, connection, statement) ->
          Attempts.bind(
              connection, statement, 2, tables.claims.stream().map(Claim::jobId).toList())),

  STANDING(
      Standings.STANDING,
      (tables, _, statement) -> {
        Event event = tables.events.getFirst();
        Standings.bind(statement, event.projectId(), event.job());
      });

  @FunctionalInterface
  private interface Binding {
    void bind(FilledTables tables, Connection connection, PreparedStatement statement)
        throws SQLException;
  }

  private final Function<FilledTables, String> text;
  private final Binding binding;

  HotStatement(String text, Binding binding) {
    this(_ -> text, binding);
  }

  HotStatement(Function<FilledTables, String> text, Binding binding) {
    this.text = text;
    this.binding = binding;
  }

  String text(FilledTables tables) {
    return text.apply(tables);
  }

  /** Sets its parameters. */
  void bind(FilledTables tables, Connection connection, PreparedStatement statement)
      throws SQLException {
    binding.bind(tables, connection, statement);
  }

  private static void ofProject(
      FilledTables tables, Connection connection, PreparedStatement statement, Set<JobId> jobs)
      throws SQLException {
    long after = tables.events.getFirst().position();
    long to = after + 10L * FilledTables.BATCH * Events.POSITIONS_A_ROW;
    Events.bind(connection, statement, 2, jobs, after, to, FilledTables.BATCH);
  }
}
