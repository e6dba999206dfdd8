package dev.ringback.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Size;
import dev.ringback.server.job.AttemptKey;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.Verdict;
import dev.ringback.server.model.Model.Scope;
import dev.ringback.server.model.Tables.End;
import dev.ringback.server.model.Tables.Life;
import dev.ringback.server.model.Tables.Row;
import dev.ringback.server.model.Tables.Status;
import dev.ringback.server.model.Tables.Story;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.job.Claims;
import dev.ringback.server.store.job.Node;
import dev.ringback.server.store.job.Rescue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The model against the code: random walks through it, each step taken by the store's own
 * statements on a real PostgreSQL too. After each the tables must hold what the model says.
 */
@Timeout(3_600)
final class ReplayTest {
  /** Larger than what is explored: walks need not go everywhere. */
  private static final Scope SCOPE = new Scope(3, 3, 2, 6, 2, 3);

  private static final int WALKS = Size.of(100, 10_000);
  private static final int LONGEST = 60;

  /** The kinds of steps. Where chance leaves one out, walks go on until it was taken. */
  private static final Set<Class<?>> ALL = Set.of(Step.class.getPermittedSubclasses());

  /** No walk takes so long that a node would be silent without being made to. */
  private static final Duration SILENCE = Duration.ofHours(1);

  private static final RetryPolicy RETRIES =
      new RetryPolicy(
          SCOPE.maxRetries(), Duration.ofMillis(10), Duration.ofMillis(20), Optional.empty());

  private static final String STORIES =
      """
      select j.id, coalesce(ended.status::text, 'pending') as status,
        j.attempt_count + coalesce(ended.attempt_count, 0) as attempt_count,
        coalesce(q.owner, 0) as owner, q.attempt, q.lost, q.cancelled_at is not null as cancelled,
        q.hold is not null as held,
        array(
          select number || ' ' || status from (
            select a.number, a.status::text from attempts a
            where (a.bucket, a.job_id) = (j.bucket, j.id)
            union all select q.attempt, 'open' where q.owner is not null) of_job
          order by number) as attempts,
        array(
          select concat_ws(' ', e.attempt_count, e.status) from executions e
          where (e.bucket, e.job_id) = (j.bucket, j.id)
          union all select concat_ws(' ', ended.attempt_count, ended.status)
          where ended.execution_id is not null) as ends
      from jobs j left join queue q on (q.bucket, q.job_id) = (j.bucket, j.id)
        left join ended_jobs ended on (ended.bucket, ended.job_id) = (j.bucket, j.id)
      """;

  private static final String LIVES =
      "select id, heartbeat_at < now() - interval '1 h' as silent from nodes";

  private static final String MAKE_DUE =
      """
      update queue set due_at = now()
        + case when job_id = any(?) then interval '-1 s' else interval '1 h' end
      where owner is null
      """;

  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Model model = new Model(SCOPE, Flaw.NONE);

  /** Connections for claims on their way, kept for the next walks. */
  private final Deque<Connection> spare = new ArrayDeque<>();

  @Test
  void theTablesHoldWhatTheModelSays() throws Exception {
    long seed = Long.getLong("ringback.seed", new Random().nextLong());
    Set<Class<?>> taken = new HashSet<>();
    try (Connection connection = store.connect()) {
      for (int walk = 0; walk < WALKS || (!taken.equals(ALL) && walk < 10 * WALKS); walk++) {
        new Walk(connection, seed + walk).run(taken);
      }
    } finally {
      for (Connection connection : spare) {
        connection.close();
      }
    }
    assertThat(taken).isEqualTo(ALL);
  }

  /** One way through the model. Not thread-safe. */
  private final class Walk {
    private final Connection connection;
    private final long seed;
    private final Random random;
    private final List<Job> jobs = new ArrayList<>();
    private final List<Step> story = new ArrayList<>();

    /** The store's nodes by the model's lives. */
    private final Map<Integer, Node> nodes = new HashMap<>();

    /** What the store's claims answered, also where the answer never arrives in the model. */
    private final Map<AttemptKey, Claim> claims = new HashMap<>();

    private final Map<Integer, ExecutionId> executions = new HashMap<>();

    /** Transactions that hold a life's row, as a claim on its way does. */
    private final Map<Integer, Deque<Connection>> claiming = new HashMap<>();

    Walk(Connection connection, long seed) {
      this.connection = connection;
      this.seed = seed;
      this.random = new Random(seed);
    }

    void run(Set<Class<?>> taken) throws Exception {
      World world = model.beginning();
      begin(world);
      try {
        agree(world);
        while (story.size() < LONGEST && !isOver(world)) {
          Step step = choose(world);
          World after = model.after(world, step);
          story.add(step);
          taken.add(step.getClass());
          take(world, step, after);
          agree(after);
          world = after;
        }
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("-Dringback.seed=" + seed + " " + story, e);
      } finally {
        for (int life : List.copyOf(claiming.keySet())) {
          while (claiming.containsKey(life)) {
            letGo(life);
          }
        }
      }
    }

    private boolean isOver(World world) {
      return world.tables().allEnded()
          && world.late().isEmpty()
          && world.processes().stream().allMatch(process -> process.hand().isEmpty());
    }

    private void begin(World world) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(
            "delete from queue; delete from attempts; delete from executions; delete from jobs;"
                + " delete from ended_jobs;"
                + " delete from nodes");
      }
      for (Life life : world.tables().lives()) {
        nodes.put(life.id(), store.nodes.register("node " + life.id()));
      }
      for (int i = 0; i < SCOPE.executions(); i++) {
        jobs.add(
            store.create(
                StoreFixture.spec(
                    "http://127.0.0.1:1/", new Schedule.After(Duration.ZERO), RETRIES, Map.of())));
      }
    }

    /**
     * Any step, but first any kind of step, so that the many ways to do one don't crowd the rest.
     */
    private Step choose(World world) {
      Map<Class<?>, List<Step>> kinds = new HashMap<>();
      for (Step step : model.steps(world)) {
        kinds.computeIfAbsent(step.getClass(), _ -> new ArrayList<>()).add(step);
      }
      var all =
          kinds.entrySet().stream()
              .sorted(Comparator.comparing(entry -> entry.getKey().getName()))
              .map(Map.Entry::getValue)
              .toList();
      List<Step> kind = all.get(random.nextInt(all.size()));
      return kind.get(random.nextInt(kind.size()));
    }

    /**
     * Does by the store what the step says. What happens in a node's memory alone is the model's.
     */
    private void take(World before, Step step, World after) throws SQLException {
      switch (step) {
        case Step.BeginClaim(int node) -> beginClaim(before, before.process(node).life());
        case Step.CommitClaim(int node, List<Integer> wanted) ->
            claim(claimLife(before, node), wanted, after);
        case Step.CommitOrphan(int life, List<Integer> wanted) -> claim(life, wanted, after);
        case Step.Finish(_, Held held, _) -> finish(before, held);
        case Step.LateFinish(Held held) -> finish(before, held);
        case Step.Beat(int node) -> beat(before, node, after);
        case Step.FallSilent(int life) ->
            execute(
                "update nodes set heartbeat_at = now() - interval '2 h' where id = "
                    + node(life).id());
        case Step.Rescue _ -> rescue(before);
        case Step.ReleaseStrays(int node) -> releaseStrays(before, node, after);
        case Step.Retire(int node) -> {
          int life = before.process(node).life();
          assertThat(store.rescue.retire(node(life))).isEqualTo(owned(before, life));
        }
        case Step.Start(int node) -> register(after.process(node).life());
        case Step.Cancel(int execution) -> store.actions.cancel(store.project, job(execution));
        case Step.Hold(int execution) -> hold(execution, "'paused'");
        case Step.LetGo(int execution) -> hold(execution, "null");
        case Step.AbortOrphan(int life) -> letGo(life);
        // In the node's memory, or on the network.
        case Step.ReceiveClaim _, Step.LoseClaim _, Step.Call _, Step.Crash _ -> {}
      }
    }

    private void hold(int execution, String hold) throws SQLException {
      execute(
          "update queue set hold = %s where job_id = '%s'".formatted(hold, job(execution).value()));
    }

    private int claimLife(World before, int node) {
      World.Asked claim = before.process(node).claim();
      return claim == null ? before.process(node).life() : claim.life();
    }

    private void beginClaim(World before, int life) throws SQLException {
      if (before.tables().lives(life)) {
        hold(life);
      } else {
        makeDue(before.tables().waiting());
        assertThat(claim(node(life), SCOPE.executions())).isEmpty();
      }
    }

    /** The store's claim is one statement: this is its first half, as others see it. */
    private void hold(int life) throws SQLException {
      Connection claim = spare.isEmpty() ? store.connect() : spare.remove();
      claim.setAutoCommit(false);
      try (Statement statement = claim.createStatement()) {
        statement.execute("select from nodes where id = " + node(life).id() + " for key share");
      }
      claiming.computeIfAbsent(life, _ -> new ArrayDeque<>()).add(claim);
    }

    private void letGo(int life) throws SQLException {
      Deque<Connection> held = claiming.get(life);
      if (held == null) {
        throw new AssertionError("nothing is claimed under " + life);
      }
      Connection claim = held.remove();
      claim.rollback();
      spare.add(claim);
      if (held.isEmpty()) {
        claiming.remove(life);
      }
    }

    private void claim(int life, List<Integer> wanted, World after) throws SQLException {
      makeDue(wanted);
      List<Claim> got = claim(node(life), SCOPE.executions());
      letGo(life);
      assertThat(got).hasSize(wanted.size());
      for (Claim claim : got) {
        int execution = execution(claim.jobId());
        Row row = after.tables().story(execution).row();
        assertThat(new Row(life(claim.owner()), claim.number(), claim.lost(), false, false))
            .isEqualTo(row);
        executions.put(execution, claim.executionId());
        claims.put(new AttemptKey(claim.executionId(), claim.number()), claim);
      }
    }

    /** The store's claim, wherever it goes. */
    private List<Claim> claim(Node node, int limit) {
      return store.claims.claim(node, Claims.Demand.of(limit)).claims();
    }

    /** What the model's claim finds due is due, all else is not yet. */
    private void makeDue(List<Integer> wanted) throws SQLException {
      try (PreparedStatement update = connection.prepareStatement(MAKE_DUE)) {
        update.setArray(
            1,
            connection.createArrayOf(
                "uuid", wanted.stream().map(execution -> job(execution).value()).toArray()));
        update.executeUpdate();
      }
    }

    private void finish(World before, Held held) {
      Claim claim = claims.get(key(held));
      if (claim == null) {
        throw new AssertionError("never claimed: " + held);
      }
      Outcome outcome =
          new Outcome.Answered(
              held.call() == Held.Call.SUCCEEDED ? 200 : 503,
              Map.of(),
              Map.of(),
              new byte[0],
              false,
              Duration.ofMillis(1));
      Verdict verdict = Verdict.of(claim, outcome, store.clock.instant(), random);
      int owned =
          store.finishes.finish(List.of(new Finish(claim, outcome, verdict, Optional.empty())));
      assertThat(owned).isEqualTo(model.statements().owns(before.tables(), held) ? 1 : 0);
    }

    private void beat(World before, int node, World after) {
      int life = before.process(node).life();
      boolean alive = store.nodes.beat(node(life)) > 0;
      assertThat(alive).isEqualTo(before.tables().lives(life));
      if (!alive) {
        register(after.process(node).life());
      }
    }

    private void rescue(World before) {
      int lost = 0;
      for (Life life : before.tables().lives()) {
        if (life.silent() && !before.isHeld(life.id())) {
          lost += owned(before, life.id());
        }
      }
      assertThat(store.rescue.rescue(SILENCE).stream().mapToInt(Rescue.Dead::executions).sum())
          .isEqualTo(lost);
    }

    private void releaseStrays(World before, int node, World after) {
      World.Process process = before.process(node);
      List<AttemptKey> hand = process.hand().stream().map(this::key).toList();
      int released = owned(before, process.life()) - owned(after, process.life());
      assertThat(store.rescue.releaseStrays(node(process.life()), hand)).isEqualTo(released);
    }

    private int owned(World world, int life) {
      return (int)
          world.tables().stories().stream()
              .map(Story::row)
              .filter(row -> row != null && row.owner() == life)
              .count();
    }

    private void register(int life) {
      nodes.put(life, store.nodes.register("node " + life));
    }

    private Node node(int life) {
      Node node = nodes.get(life);
      if (node == null) {
        throw new AssertionError("never registered: " + life);
      }
      return node;
    }

    private JobId job(int execution) {
      return jobs.get(execution).id();
    }

    private int execution(JobId job) {
      return jobs.stream().map(Job::id).toList().indexOf(job);
    }

    private AttemptKey key(Held held) {
      ExecutionId execution = executions.get(held.execution());
      if (execution == null) {
        throw new AssertionError("never claimed: " + held);
      }
      return new AttemptKey(execution, held.number());
    }

    private int life(int owner) {
      return nodes.entrySet().stream()
          .filter(entry -> entry.getValue().id() == owner)
          .map(Map.Entry::getKey)
          .findFirst()
          .orElseThrow();
    }

    private void execute(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    private void agree(World world) throws SQLException {
      assertThat(read()).isEqualTo(world.tables());
    }

    private Tables read() throws SQLException {
      Map<UUID, Story> stories = new HashMap<>();
      try (PreparedStatement statement = connection.prepareStatement(STORIES);
          ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          stories.put(row.getObject("id", UUID.class), story(row));
        }
      }
      return new Tables(
          jobs.stream().map(job -> Objects.requireNonNull(stories.get(job.id().value()))).toList(),
          readLives());
    }

    private Story story(ResultSet row) throws SQLException {
      int owner = row.getInt("owner");
      Row queued =
          row.getObject("attempt") == null
              ? null
              : new Row(
                  owner == 0 ? Tables.NOBODY : life(owner),
                  row.getInt("attempt"),
                  row.getInt("lost"),
                  row.getBoolean("cancelled"),
                  row.getBoolean("held"));
      List<Status> attempts = new ArrayList<>();
      for (String[] attempt : words(row, "attempts")) {
        attempts.add(word(Status.class, attempt[1]));
        assertThat(attempt[0]).isEqualTo(Integer.toString(attempts.size()));
      }
      List<End> ends = new ArrayList<>();
      for (String[] end : words(row, "ends")) {
        ends.add(word(End.class, end[1]));
        assertThat(end[0]).isEqualTo(Integer.toString(attempts.size()));
      }
      return new Story(
          queued,
          attempts,
          ends,
          word(Tables.Job.class, row.getString("status")),
          row.getInt("attempt_count"));
    }

    /** Texts of a number and a word each. */
    private static List<String[]> words(ResultSet row, String column) throws SQLException {
      String[] texts = (String[]) row.getArray(column).getArray();
      return Arrays.stream(texts).map(text -> text.split(" ", 2)).toList();
    }

    private List<Life> readLives() throws SQLException {
      List<Life> lives = new ArrayList<>();
      try (PreparedStatement statement = connection.prepareStatement(LIVES);
          ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          lives.add(new Life(life(row.getInt("id")), row.getBoolean("silent")));
        }
      }
      lives.sort(Comparator.comparingInt(Life::id));
      return lives;
    }

    private <E extends Enum<E>> E word(Class<E> type, String text) {
      return Enum.valueOf(type, text.toUpperCase(Locale.ROOT));
    }
  }
}
