package dev.ringback.server.store;

import dev.ringback.server.job.Event;
import dev.ringback.server.job.JobId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The statements that run all the time, as they are in {@link FilledTables}. */
enum HotStatement {
  CLAIM(
      Queue.CLAIM,
      (tables, connection, statement) ->
          Queue.bind(connection, statement, tables.node, Queue.Demand.of(FilledTables.BATCH))),

  BODY(Queue.BODY, (tables, _, statement) -> Queue.bind(statement, tables.claims.getLast())),

  FINISH(
      tables -> Recording.statement(tables.today()),
      (tables, connection, statement) ->
          tables.store.recording.bind(
              connection, statement, tables.claims.stream().map(StoreFixture::completed).toList())),

  RELEASE(
      Nodes.RELEASE,
      (tables, connection, statement) -> Nodes.bind(connection, statement, tables.node, List.of())),

  KEYS(
      IdempotencyKeys.READ,
      (tables, connection, statement) -> IdempotencyKeys.bind(connection, statement, tables.keys)),

  AFTER(
      Events.AFTER,
      (tables, _, statement) -> {
        statement.setLong(1, tables.events.getFirst().position());
        statement.setInt(2, FilledTables.BATCH);
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

  DESCRIBE(
      Events.DESCRIBE,
      (tables, connection, statement) -> Events.bind(connection, statement, tables.events)),

  STANDING(
      Jobs.STANDING,
      (tables, _, statement) -> {
        Event event = tables.events.getFirst();
        Jobs.bind(statement, event.projectId(), event.job());
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
    long to = after + 10 * FilledTables.BATCH;
    Events.bind(connection, statement, 2, jobs, after, to, FilledTables.BATCH);
  }
}
