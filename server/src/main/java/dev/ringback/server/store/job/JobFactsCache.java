package dev.ringback.server.store.job;

import static dev.ringback.server.store.schema.Tables.JOBS;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.table;

import dev.ringback.server.job.Event;
import dev.ringback.server.job.JobFacts;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.Input;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * The facts of the jobs that were asked for last, without their headers and bodies: most jobs have
 * a few events, one soon after the other.
 *
 * <p>Thread-safe.
 */
final class JobFactsCache {
  /** About how many bytes it takes in memory. */
  private static final long ROOM = 4 << 20;

  private static final Input<JobId> IDS =
      Input.<JobId>of().int2("bucket", JobId::bucket).uuid("id", JobId::value);

  // Rendered once: as a text that is always the same it stays prepared. For "= any (array[…])" see
  // Database.
  static final String READ =
      DSL.using(SQLDialect.POSTGRES)
          .render(
              DSL.select(JobRows.FACTS)
                  .from(table(IDS.rows()))
                  .join(JOBS)
                  .on(
                      condition(
                          "{0} = any (array[i.bucket]) and {1} = i.id", JOBS.BUCKET, JOBS.ID)));

  private final Database database;

  // Guarded by this. In the order of their last use.
  private final LinkedHashMap<Key, JobFacts> known = new LinkedHashMap<>(16, 0.75f, true);
  private long held;

  JobFactsCache(Database database) {
    this.database = database;
  }

  /** A job as the user said it, which does not change before its revision does. */
  record Key(JobId job, int revision) {
    static Key of(Event event) {
      return new Key(event.job(), event.after().revision());
    }
  }

  /** The facts of the events' jobs, but of those that are gone. */
  Map<Key, JobFacts> get(List<Event> events) {
    Map<Key, JobFacts> found = new HashMap<>();
    Set<Key> wanted = events.stream().map(Key::of).collect(Collectors.toSet());
    synchronized (this) {
      for (Key key : wanted) {
        JobFacts facts = known.get(key);
        if (facts != null) {
          found.put(key, facts);
        }
      }
    }
    wanted.removeAll(found.keySet());
    if (!wanted.isEmpty()) {
      Map<JobId, JobFacts> read = read(wanted.stream().map(Key::job).distinct().toList());
      for (Key key : wanted) {
        JobFacts facts = read.get(key.job());
        if (facts != null) {
          found.put(key, facts);
          keep(key, facts);
        }
      }
    }
    return found;
  }

  private Map<JobId, JobFacts> read(List<JobId> jobs) {
    return database.run(connection -> {
      try (var statement = connection.prepareStatement(READ)) {
        bind(connection, statement, jobs);
        try (ResultSet rows = statement.executeQuery()) {
          Map<JobId, JobFacts> facts = new HashMap<>();
          for (Record row :
              Database.sql(connection).fetch(rows, JobRows.FACTS.toArray(Field[]::new))) {
            facts.put(new JobId(row.get(JOBS.ID)), JobRows.facts(row));
          }
          return facts;
        }
      }
    });
  }

  /** Sets the parameters of {@link #READ}. */
  static void bind(Connection connection, PreparedStatement statement, List<JobId> jobs)
      throws SQLException {
    IDS.bind(connection, statement, 1, jobs);
  }

  private synchronized void keep(Key key, JobFacts facts) {
    if (known.put(key, facts) == null) {
      held += facts.spec().bytes();
    }
    var eldest = known.entrySet().iterator();
    while (held > ROOM && eldest.hasNext()) {
      held -= eldest.next().getValue().spec().bytes();
      eldest.remove();
    }
  }
}
