package dev.ringback.server.store.job;

import dev.ringback.server.store.db.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * Which nodes are alive, by the database's clock alone. A life is a row, and ends with it: the
 * claim holds that row against deletion while it runs.
 *
 * <p>Thread-safe.
 */
public final class Nodes {
  private static final String BEAT =
      """
      with heard as (
        update nodes set heartbeat_at = now() where id = ? returning id
      )
      select count(*) from nodes where exists (select from heard)
      """;

  private final Database database;

  public Nodes(Database database) {
    this.database = database;
  }

  /** Begins a life. */
  public Node register(String name) {
    return database.run(connection -> {
      try (var insert =
          connection.prepareStatement("insert into nodes (name) values (?) returning id")) {
        insert.setString(1, name);
        try (var rows = insert.executeQuery()) {
          rows.next();
          return new Node(rows.getInt(1), name);
        }
      }
    });
  }

  /**
   * Says that a node lives.
   *
   * @return how many do, itself among them; 0 when it has been declared dead
   */
  public int beat(Node node) {
    return database.run(connection -> {
      try (var update = connection.prepareStatement(BEAT)) {
        update.setInt(1, node.id());
        try (var rows = update.executeQuery()) {
          rows.next();
          return rows.getInt(1);
        }
      }
    });
  }

  /** Declares one node dead that has been silent for longer than given, if there is one. */
  static Optional<Node> bury(Connection connection, Duration silence) throws SQLException {
    try (var delete =
        connection.prepareStatement(
            // "materialized" is a fence, as in the claim: a plan may run the subquery once for each
            // node, find another silent one each time, and bury them all as if they were one.
            """
            with silent as materialized (
              select id from nodes where heartbeat_at < now() - ? * interval '1 ms'
              limit 1 for update skip locked
            )
            delete from nodes n using silent s where n.id = s.id returning n.id, n.name
            """)) {
      delete.setLong(1, silence.toMillis());
      try (var rows = delete.executeQuery()) {
        return rows.next()
            ? Optional.of(new Node(rows.getInt("id"), rows.getString("name")))
            : Optional.empty();
      }
    }
  }

  /** Ends a life that may have ended. */
  static void end(Connection connection, Node node) throws SQLException {
    try (var delete = connection.prepareStatement("delete from nodes where id = ?")) {
      delete.setInt(1, node.id());
      delete.executeUpdate();
    }
  }
}
