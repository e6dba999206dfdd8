package dev.ringback.server.store;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.ContentHash;
import dev.ringback.server.job.CronExpression;
import dev.ringback.server.job.Delivery;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.IdSource;
import dev.ringback.server.job.IdempotencyKey;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobRequest;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.TargetUrl;
import dev.ringback.server.job.Verdict;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.DatabaseClock;
import dev.ringback.server.store.db.DatabaseUrl;
import dev.ringback.server.store.db.Signal;
import dev.ringback.server.store.db.TestDatabase;
import dev.ringback.server.store.db.Wakeups;
import dev.ringback.server.store.job.Actions;
import dev.ringback.server.store.job.Attempts;
import dev.ringback.server.store.job.Claims;
import dev.ringback.server.store.job.Created;
import dev.ringback.server.store.job.Creates;
import dev.ringback.server.store.job.Creation;
import dev.ringback.server.store.job.Events;
import dev.ringback.server.store.job.Executions;
import dev.ringback.server.store.job.Finishes;
import dev.ringback.server.store.job.Jobs;
import dev.ringback.server.store.job.Node;
import dev.ringback.server.store.job.Nodes;
import dev.ringback.server.store.job.Partitions;
import dev.ringback.server.store.job.Rescue;
import dev.ringback.server.store.job.Standings;
import dev.ringback.server.store.tenant.Keys;
import dev.ringback.server.store.tenant.Projects;
import dev.ringback.server.store.tenant.SigningSecrets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The store on a database of its own, which is dropped after the test. */
public final class StoreFixture implements AfterEachCallback, AutoCloseable {
  /** Three retries, soon. */
  public static final RetryPolicy RETRIES =
      new RetryPolicy(3, Duration.ofMillis(10), Duration.ofMillis(20), Optional.empty());

  /** How long attempts and events are kept. */
  public static final Partitions.Retention RETENTION =
      new Partitions.Retention(Duration.ofDays(30), Duration.ofDays(7));

  /** As many as tests need at once: each is a process of PostgreSQL's. */
  private static final int CONNECTIONS = 6;

  /** What the migrations make, and the partitions of these days, to be copied. */
  private static final class Migrated {
    static final DatabaseUrl URL = make();

    private static DatabaseUrl make() {
      DatabaseUrl url = TestDatabase.createEmpty();
      try (Database database = Database.open(url, Database.SCHEMA, 2)) {
        new Partitions(database, new DatabaseClock(database), RETENTION).ensure();
      }
      return url;
    }
  }

  private final DatabaseUrl url;

  public final Database database;
  public final DatabaseClock clock;
  public final IdSource ids;
  public final Keys keys;
  public final int project;
  public final Signal signal = new Signal();
  public final Wakeups wakeups;
  public final Creates creates;
  public final Jobs jobs;
  public final Standings standings;
  public final Actions actions;
  public final SigningSecrets signingSecrets;
  public final Claims claims;
  public final Finishes finishes;
  public final Nodes nodes;
  public final Rescue rescue;
  public final Attempts attempts;
  public final Executions executions;
  public final Events events;

  public StoreFixture() {
    this(TestDatabase.copy(Migrated.URL));
  }

  /** On an empty database, or one whose tables are there already. */
  public StoreFixture(DatabaseUrl url) {
    this.url = url;
    database = Database.open(url, Database.SCHEMA, CONNECTIONS);
    clock = new DatabaseClock(database);
    ids = new IdSource(clock, () -> ThreadLocalRandom.current().nextLong());
    keys = new Keys(database);
    project = project(Projects.FIRST);
    wakeups = new Wakeups(url, signal, () -> true);
    creates = new Creates(database, ids, clock, wakeups);
    jobs = new Jobs(database);
    standings = new Standings(database);
    actions = new Actions(database);
    signingSecrets = new SigningSecrets(database);
    claims = new Claims(database);
    finishes = new Finishes(database, ids);
    nodes = new Nodes(database);
    rescue = new Rescue(database);
    attempts = new Attempts(database);
    executions = new Executions(database);
    events = new Events(database);
    new Partitions(database, clock, RETENTION).ensure();
  }

  /** A project, made when missing. */
  public int project(String name) {
    return projectOf(keys.create(name)).orElseThrow();
  }

  /** The project that a key opens. */
  public Optional<Integer> projectOf(String key) {
    return keys.find(List.of(key)).getFirst().map(Keys.Opened::projectId);
  }

  public Connection connect() throws SQLException {
    return TestDatabase.connect(url, Database.SCHEMA);
  }

  /** What is due at once and is retried three times. */
  public static JobSpec spec() {
    return spec(new Schedule.After(Duration.ZERO));
  }

  public static JobSpec spec(Schedule schedule) {
    return spec("http://127.0.0.1:1/", schedule, RETRIES, Map.of());
  }

  public static JobSpec labelled(Map<String, String> labels) {
    return spec("http://127.0.0.1:1/", new Schedule.After(Duration.ZERO), RETRIES, labels);
  }

  public static JobSpec spec(
      String url, Schedule schedule, RetryPolicy retries, Map<String, String> labels) {
    var callback = new Callback(TargetUrl.stored(url), "POST", Map.of(), new byte[0]);
    return new JobSpec(callback, schedule, new Delivery(retries, Duration.ofSeconds(30)), labels);
  }

  /** What is due at once and sends a body. */
  public static JobSpec spec(String url, byte[] body) {
    return new JobSpec(
        new Callback(TargetUrl.stored(url), "POST", Map.of(), body),
        new Schedule.After(Duration.ZERO),
        new Delivery(RETRIES, Duration.ofSeconds(30)),
        Map.of());
  }

  /** Bytes that can't be compressed, and are always the same. */
  public static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  public static Schedule everyMinute() {
    return new Schedule.Recurring(CronExpression.parse("* * * * *"));
  }

  public Job create(JobSpec spec) {
    var created = creates.create(new Creation(project, spec, Optional.empty()));
    return ((Created.New) created).job();
  }

  /** Creates jobs of a project in one go. */
  public void createAll(int projectId, List<JobSpec> specs) {
    for (int from = 0; from < specs.size(); from += 1_000) {
      List<JobSpec> some = specs.subList(from, Math.min(from + 1_000, specs.size()));
      creates.createAll(
          some.stream().map(spec -> new Creation(projectId, spec, Optional.empty())).toList());
    }
  }

  /** A job's attempts, oldest first. */
  public List<Attempt> attempts(JobId job) {
    List<Attempt> found = new ArrayList<>();
    attempts.list(project, job, Optional.empty(), 1_000, found::add);
    return found;
  }

  /** Jobs as lists show them. */
  public Map<JobId, Job> listed(int projectId, Set<JobId> ids) {
    Map<JobId, Job> found = new HashMap<>();
    jobs.each(projectId, ids, job -> found.put(job.id(), job));
    return found;
  }

  public Job get(JobId id) {
    return jobs.get(project, id);
  }

  /** Lets what waits of a job be due since a second ago. */
  public void makeDue(JobId job) throws SQLException {
    execute("update queue set due_at = now() - interval '1 s' where job_id = ?", job.value());
  }

  public List<Claim> claim(Node node, int limit) {
    return claims.claim(node, Claims.Demand.of(limit)).claims();
  }

  public Claim claimOne(Node node) {
    List<Claim> claims = claim(node, 1);
    if (claims.size() != 1) {
      throw new AssertionError("nothing to claim");
    }
    return claims.getFirst();
  }

  public static Outcome answered(int status) {
    return new Outcome.Answered(
        status,
        Map.of("Host", "there"),
        Map.of("Content-Type", "text/plain"),
        new byte[] {'o', 'k'},
        false,
        Duration.ofMillis(12));
  }

  public static Finish completed(Claim claim) {
    return new Finish(claim, answered(200), new Verdict.Complete(), Optional.empty());
  }

  public static Finish retried(Claim claim, Duration backoff) {
    return new Finish(claim, answered(503), new Verdict.Retry(backoff), Optional.empty());
  }

  public static Finish givenUp(Claim claim) {
    return new Finish(claim, answered(500), new Verdict.GiveUp(), Optional.empty());
  }

  public int execute(String sql, Object... parameters) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement statement = prepare(connection, sql, parameters)) {
      return statement.executeUpdate();
    }
  }

  /** The first column of the only row, as text. */
  public String value(String sql, Object... parameters) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement statement = prepare(connection, sql, parameters);
        var rows = statement.executeQuery()) {
      if (!rows.next()) {
        throw new AssertionError("no row: " + sql);
      }
      return String.valueOf(rows.getString(1));
    }
  }

  public int count(String fromAndWhere, Object... parameters) throws SQLException {
    return Integer.parseInt(value("select count(*) from " + fromAndWhere, parameters));
  }

  private static PreparedStatement prepare(Connection connection, String sql, Object... parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
    return statement;
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    close();
  }

  @Override
  public void close() throws Exception {
    creates.close();
    wakeups.close();
    database.close();
    TestDatabase.drop(url);
  }

  /** A key for a job of which everything was said. */
  public static IdempotencyKey key(String text, JobSpec spec) {
    return new IdempotencyKey(text, ContentHash.of(asked(spec)));
  }

  private static JobRequest asked(JobSpec spec) {
    RetryPolicy retries = spec.delivery().retryPolicy();
    return new JobRequest(
        spec.callback().url(),
        Optional.of(spec.callback().method()),
        spec.callback().headers(),
        spec.callback().body(),
        Optional.of(spec.schedule()),
        new JobRequest.Retries(
            Optional.of(retries.maxRetries()),
            Optional.of(retries.minBackoff()),
            Optional.of(retries.maxBackoff()),
            retries.maxDuration()),
        Optional.of(spec.delivery().attemptDeadline()),
        spec.labels());
  }
}
