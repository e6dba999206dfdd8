package dev.ringback.server.store.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * The way to PostgreSQL: a pool of connections, and what its errors mean.
 *
 * <p>Thread-safe.
 */
public final class Database implements AutoCloseable {
  /** The schema that all tables live in, made when missing. */
  public static final String SCHEMA = "ringback";

  /** How long a call waits for a connection before it is refused. */
  private static final Duration CONNECTION_TIMEOUT = Duration.ofMillis(4_500);

  /**
   * How long a call waits for a database that is known to be away: shorter absences cost no call.
   */
  private static final Duration RETURN = Duration.ofMillis(400);

  /**
   * The errors of a connection that breaks, or is not made, because the server stops, has crashed
   * or starts.
   */
  private static final Set<String> AWAY = Set.of("57P01", "57P02", "57P03");

  // Errors after which the same call may well succeed a moment later, and which left nothing half
  // done. All others (a constraint, a type, a wrong statement) would come again, and are faults of
  // ours.
  private static final Set<String> UNAVAILABLE_CLASSES =
      Set.of(
          // The connection broke, or none was made.
          "08",
          // A transaction lost against another, or in a deadlock: it was rolled back whole.
          "40",
          // Disk full, out of memory, too many connections.
          "53");

  private static final Set<String> UNAVAILABLE =
      Set.of(
          // The server is read-only: a standby, before or after a failover.
          "25006",
          // The session was left idle in a transaction, as by a frozen node.
          "25P03",
          // A lock was not free in time; a statement took too long, or was cancelled.
          "55P03",
          "57014",
          // The server stops, has crashed, starts, or ends idle sessions.
          "57P01",
          "57P02",
          "57P03",
          "57P05",
          // The server's disk fails.
          "58030");

  // Every statement here looks up few rows by key, and joins them to few others by key. The planner
  // can't know that: the queue is empty at one moment and holds millions of rows at the next, and a
  // plan that suits the first is kept (as a prepared statement's generic plan) until statistics are
  // gathered. Such a plan takes a sequential scan to cost nothing: so it is turned off. So are
  // bitmap scans, which would gather what lies behind a position of the feed and sort it
  // afterwards: the index has the order, and the limit ends the walk. And where only a sequential
  // scan of a few rows will do, PostgreSQL before 18 charges so much for it, because it is turned
  // off, that compiling the statement would seem to be worth it: so the JIT is off too.
  //
  // The statements that run all the time join to a table by "bucket = any (array[x])", which means
  // "bucket = x", and by "=" for the rest of its key. The primary key begins with the bucket: a
  // plain "=" for it would make the order of the key useful to a join, and a plan for an empty
  // table would walk through the whole index for each batch. This way the order is of no use, and
  // all that is left is to look each row up. "(bucket, job_id) between (x, y) and (x, y)" would do
  // that too, but before PostgreSQL 18 it reads on to the end of the bucket.
  //
  // In sessions without these settings (a pooler that hands out transactions loses them) custom
  // plans are the same, but for those that read the feed.
  static final String PLANNER =
      """
      set enable_seqscan = off;
      set enable_bitmapscan = off;
      set jit = off;
      """;

  // The engine's statements find their rows by key, whatever their parameters are: a plan made anew
  // for each batch of one would cost more than the batch.
  private static final String FOR_ALL_PARAMETERS =
      """
      set plan_cache_mode = force_generic_plan;
      """;

  // Nothing here takes seconds unless something is wrong: a lock that a stranger holds, a disk that
  // hangs. The database itself ends such a statement, and a transaction whose node stopped in the
  // middle and holds locks. A database that does neither, because it hangs or is cut off without a
  // word, is given up a little later (Connector).
  private static final String LIMITS =
      """
      set statement_timeout = '8s';
      set idle_in_transaction_session_timeout = '10s'
      """;

  private final HikariDataSource pool;
  private final Connector connector;
  private final Signal happened;

  /** Whether statements here would rather wait than be refused at once. */
  private final boolean patient;

  /** Whether this is the pool that was opened, not one beside it. */
  private final boolean first;

  private Database(
      HikariDataSource pool, Connector connector, Signal happened, boolean patient, boolean first) {
    this.pool = pool;
    this.connector = connector;
    this.happened = happened;
    this.patient = patient;
    this.first = first;
  }

  /**
   * Connects, and makes the schema or brings it up to date. Waits for other nodes that do the same.
   *
   * @throws IllegalArgumentException with a sentence for the operator when nothing answers there,
   *     or something that is not supported
   */
  public static Database open(DatabaseUrl url, String schema, int connections) {
    return open(url, schema, connections, Migrations::run);
  }

  /**
   * Connects to a database that a node of this version has made ready, and leaves its schema as it
   * is: nodes of another version may run on it.
   *
   * @throws IllegalArgumentException with a sentence for the operator, also when the schema is
   *     missing or of another version
   */
  public static Database openReady(DatabaseUrl url, String schema, int connections) {
    return open(url, schema, connections, Migrations::requireDone);
  }

  private static Database open(
      DatabaseUrl url, String schema, int connections, Consumer<Migrations> schemaStep) {
    Connector connector = new Connector(url);
    Database database;
    try {
      var pool = connect(config(connector, schema, connections));
      database = new Database(pool, connector, new Signal(), false, true);
    } catch (RuntimeException e) {
      connector.close();
      throw e;
    }
    try {
      database.run(PostgresVersion::of).require();
      schemaStep.accept(new Migrations(url, schema));
      return database;
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  /** Another pool of connections to the same database, so that its users wait for no others. */
  public Database beside(int connections) {
    return beside(connections, patient);
  }

  /**
   * The same for those who try for as long as it takes: none of their statements is refused before
   * it was tried.
   */
  public Database besideForThePatient(int connections) {
    return beside(connections, true);
  }

  private Database beside(int connections, boolean ofThePatient) {
    HikariConfig config = new HikariConfig();
    pool.copyStateTo(config);
    config.setMaximumPoolSize(connections);
    if (ofThePatient) {
      config.setConnectionInitSql(PLANNER + FOR_ALL_PARAMETERS + LIMITS);
    }
    return new Database(connect(config), connector, happened, ofThePatient, false);
  }

  private static HikariConfig config(Connector connector, String schema, int connections) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("ringback");
    config.setDataSource(connector);
    config.setSchema(schema);
    config.setMaximumPoolSize(connections);
    config.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
    config.setConnectionInitSql(PLANNER + LIMITS);
    return config;
  }

  private static HikariDataSource connect(HikariConfig config) {
    try {
      return new HikariDataSource(config);
    } catch (HikariPool.PoolInitializationException e) {
      SQLException cause = sqlCause(e);
      throw new IllegalArgumentException(
          "can't connect to the database, see RINGBACK_DATABASE_URL: "
              + (cause == null ? e : cause).getMessage());
    }
  }

  /** Rings when events may have been committed by this node. */
  public Signal happened() {
    return happened;
  }

  /** Work that runs on one connection. */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    T run(Connection connection) throws SQLException;
  }

  /**
   * Refuses when the database is known to be away and does not come back within {@link #RETURN}.
   *
   * @throws Unavailable when it is away
   */
  public void require() {
    try {
      if (!connector.presence().await(RETURN)) {
        throw new Unavailable();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable();
    }
  }

  /** Runs statements that each commit by themselves. */
  public <T extends @Nullable Object> T run(Work<T> work) {
    if (!patient) {
      require();
    }
    try (Connection connection = pool.getConnection()) {
      T result = work.run(connection);
      connector.presence().seen();
      return result;
    } catch (SQLException | DataAccessException e) {
      throw meaning(e);
    }
  }

  /** Runs statements that commit together, or not at all. */
  public <T extends @Nullable Object> T transact(Work<T> work) {
    return run(connection -> {
      connection.setAutoCommit(false);
      // The pool rolls back what is left open when the connection is given back.
      T result = work.run(connection);
      connection.commit();
      return result;
    });
  }

  /** Runs queries that all see the database as it is at the first of them. */
  public <T extends @Nullable Object> T view(Work<T> work) {
    return transact(connection -> {
      try (var statement = connection.createStatement()) {
        statement.execute("set transaction isolation level repeatable read, read only");
      }
      return work.run(connection);
    });
  }

  /** jOOQ on a connection. */
  public static DSLContext sql(Connection connection) {
    return DSL.using(connection, SQLDialect.POSTGRES);
  }

  private RuntimeException meaning(Exception e) {
    SQLException cause = e instanceof SQLException sql ? sql : sqlCause(e);
    if (cause == null) {
      return new IllegalStateException(e);
    }
    // Whoever interrupts a statement does not want to wait for it any longer.
    boolean givenUp =
        cause instanceof SQLTransientConnectionException || Thread.currentThread().isInterrupted();
    if (givenUp || isAway(cause)) {
      connector.presence().doubt();
    }
    if (givenUp || isUnavailable(cause.getSQLState())) {
      Unavailable unavailable = new Unavailable();
      unavailable.addSuppressed(cause);
      return unavailable;
    }
    return new StoreException(cause);
  }

  private static boolean isUnavailable(@Nullable String state) {
    return state != null
        && state.length() == 5
        && (UNAVAILABLE_CLASSES.contains(state.substring(0, 2)) || UNAVAILABLE.contains(state));
  }

  /**
   * Whether an error says that the server takes no connections, or no longer serves those it has.
   */
  static boolean isAway(SQLException e) {
    String state = e.getSQLState();
    return state != null && (state.startsWith("08") || AWAY.contains(state));
  }

  private static @Nullable SQLException sqlCause(Throwable e) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (at instanceof SQLException sql) {
        return sql;
      }
    }
    return null;
  }

  /** Closes all connections. The pools beside this one must be closed before. */
  @Override
  public void close() {
    if (first) {
      connector.close();
    }
    pool.close();
  }
}
