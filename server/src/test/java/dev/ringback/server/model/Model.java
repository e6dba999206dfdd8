package dev.ringback.server.model;

import dev.ringback.server.model.Tables.Job;
import dev.ringback.server.model.Tables.Life;
import dev.ringback.server.model.Tables.Story;
import dev.ringback.server.model.World.Asked;
import dev.ringback.server.model.World.Process;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A few nodes that work a few jobs over one database: what may happen next in a world, and what
 * comes of it. Statements are atomic, but the claim may be seen half done by others; any node may
 * be slow at any time, since nothing says when its next step comes.
 */
final class Model {
  private static final int LIVES = 100;

  private final Scope scope;
  private final Flaw flaw;
  private final Statements statements;

  /**
   * How much there is.
   *
   * @param faults how many crashes, stops, silences and lost answers there are, together
   * @param holds how many times an execution is held
   */
  record Scope(int nodes, int executions, int maxRetries, int faults, int cancels, int holds) {}

  Model(Scope scope, Flaw flaw) {
    this.scope = scope;
    this.flaw = flaw;
    this.statements = new Statements(scope.maxRetries(), flaw);
  }

  Scope scope() {
    return scope;
  }

  Statements statements() {
    return statements;
  }

  /** All jobs are due, all nodes have just started. */
  World beginning() {
    Tables tables = new Tables(Collections.nCopies(scope.executions(), Story.created()), List.of());
    List<Process> processes = new ArrayList<>();
    for (int node = 0; node < scope.nodes(); node++) {
      int life = LIVES * (node + 1);
      tables = statements.register(tables, life);
      processes.add(new Process(true, life, null, List.of()));
    }
    return new World(
        tables,
        processes,
        List.of(),
        List.of(),
        List.of(),
        scope.faults(),
        scope.cancels(),
        scope.holds());
  }

  /** How many of the scope's faults a step is. */
  static int faults(World world, Step step) {
    return switch (step) {
      case Step.LoseClaim _, Step.Retire _, Step.Crash _ -> 1;
      case Step.Finish finish -> finish.answered() ? 0 : 1;
      // Who is down falls silent as time passes.
      case Step.FallSilent(int life) -> isLivedBySomeone(world, life) ? 1 : 0;
      case Step.BeginClaim _,
          Step.CommitClaim _,
          Step.ReceiveClaim _,
          Step.CommitOrphan _,
          Step.AbortOrphan _,
          Step.Call _,
          Step.LateFinish _,
          Step.Beat _,
          Step.Rescue _,
          Step.ReleaseStrays _,
          Step.Start _,
          Step.Hold _,
          Step.LetGo _,
          Step.Cancel _ ->
          0;
    };
  }

  private static boolean isLivedBySomeone(World world, int life) {
    return world.processes().stream().anyMatch(p -> p.up() && p.life() == life);
  }

  /** All that may happen next. */
  List<Step> steps(World world) {
    List<Step> steps = new ArrayList<>();
    for (int node = 0; node < scope.nodes(); node++) {
      ofNode(world, node, steps);
    }
    for (Life life : world.tables().lives()) {
      if (!life.silent()) {
        steps.add(new Step.FallSilent(life.id()));
      }
    }
    if (world.processes().stream().anyMatch(Process::up)) {
      steps.add(new Step.Rescue());
    }
    for (int life : world.orphans()) {
      for (List<Integer> executions : choices(world)) {
        steps.add(new Step.CommitOrphan(life, executions));
      }
      steps.add(new Step.AbortOrphan(life));
    }
    world.late().forEach(held -> steps.add(new Step.LateFinish(held)));
    if (world.cancels() > 0) {
      for (int execution = 0; execution < scope.executions(); execution++) {
        if (world.tables().story(execution).job() == Job.PENDING) {
          steps.add(new Step.Cancel(execution));
        }
      }
    }
    for (int execution = 0; execution < scope.executions(); execution++) {
      Tables.Row row = world.tables().story(execution).row();
      if (row != null && row.held()) {
        steps.add(new Step.LetGo(execution));
      } else if (row != null && world.holds() > 0) {
        steps.add(new Step.Hold(execution));
      }
    }
    steps.removeIf(step -> faults(world, step) > world.faults());
    return steps;
  }

  private void ofNode(World world, int node, List<Step> steps) {
    Process process = world.process(node);
    for (Held held : process.hand()) {
      if (!held.isMade()) {
        steps.add(new Step.Call(node, held, true));
        steps.add(new Step.Call(node, held, false));
      } else if (process.up()) {
        steps.add(new Step.Finish(node, held, true));
        steps.add(new Step.Finish(node, held, false));
      }
    }
    if (!process.up()) {
      steps.add(new Step.Start(node));
      return;
    }
    steps.add(new Step.Beat(node));
    steps.add(new Step.Crash(node));
    Asked claim = process.claim();
    if (claim == null || flaw == Flaw.STRAYS_DURING_A_CLAIM) {
      steps.add(new Step.ReleaseStrays(node));
    }
    if (claim == null) {
      if (!choices(world).isEmpty()) {
        steps.add(new Step.BeginClaim(node));
      }
      // Its deletion of the row waits for claims.
      if (!world.isHeld(process.life())) {
        steps.add(new Step.Retire(node));
      }
    } else if (claim.answer() == null) {
      for (List<Integer> executions : choices(world)) {
        steps.add(new Step.CommitClaim(node, executions));
      }
      if (choices(world).isEmpty()) {
        steps.add(new Step.CommitClaim(node, List.of()));
      }
      steps.add(new Step.LoseClaim(node));
    } else {
      steps.add(new Step.ReceiveClaim(node));
      steps.add(new Step.LoseClaim(node));
    }
  }

  /** What a claim may find due: any of what waits. */
  private List<List<Integer>> choices(World world) {
    List<Integer> waiting =
        IntStream.range(0, scope.executions())
            .filter(execution -> mayBeClaimed(world.tables().story(execution)))
            .boxed()
            .toList();
    List<List<Integer>> choices = new ArrayList<>();
    for (int set = 1; set < 1 << waiting.size(); set++) {
      List<Integer> choice = new ArrayList<>();
      for (int i = 0; i < waiting.size(); i++) {
        if ((set & 1 << i) != 0) {
          choice.add(waiting.get(i));
        }
      }
      choices.add(List.copyOf(choice));
    }
    return choices;
  }

  private boolean mayBeClaimed(Story story) {
    return switch (flaw) {
      case CLAIM_OF_OWNED -> true;
      case CLAIM_OF_HELD -> story.row() != null && story.row().owner() == Tables.NOBODY;
      default -> story.waits();
    };
  }

  /** The world after a step. */
  World after(World before, Step step) {
    return happens(before, step).forget();
  }

  private World happens(World before, Step step) {
    World world = before.fewerFaults(faults(before, step));
    Tables tables = world.tables();
    return switch (step) {
      case Step.BeginClaim(int node) -> beginClaim(world, node);
      case Step.CommitClaim(int node, List<Integer> executions) -> commit(world, node, executions);
      case Step.ReceiveClaim(int node) -> receive(world, node);
      case Step.LoseClaim(int node) ->
          orphaned(world, node).with(node, world.process(node).with((Asked) null));
      case Step.CommitOrphan(int life, List<Integer> executions) ->
          withoutOrphan(world, life).with(statements.claim(tables, life, executions));
      case Step.AbortOrphan(int life) -> withoutOrphan(world, life);
      case Step.Call(int node, Held held, boolean succeeds) -> call(world, node, held, succeeds);
      case Step.Finish(int node, Held held, boolean answered) -> {
        World recorded = world.with(statements.finish(tables, held));
        yield answered ? recorded.with(node, world.process(node).without(held)) : recorded;
      }
      case Step.LateFinish(Held held) ->
          world
              .withLate(world.late().stream().filter(other -> !other.equals(held)).toList())
              .with(statements.finish(tables, held));
      case Step.Beat(int node) -> beat(world, node);
      case Step.FallSilent(int life) -> world.with(statements.heard(tables, life, true));
      case Step.Rescue _ -> world.with(statements.rescue(tables, life -> isLocked(world, life)));
      case Step.ReleaseStrays(int node) -> releaseStrays(world, node);
      case Step.Retire(int node) -> retire(world, node);
      case Step.Crash(int node) -> crash(world, node);
      case Step.Start(int node) -> begin(world, node, List.of());
      case Step.Hold(int execution) ->
          world.fewerHolds().with(statements.hold(tables, execution, true));
      case Step.LetGo(int execution) -> world.with(statements.hold(tables, execution, false));
      case Step.Cancel(int execution) ->
          world.fewerCancels().with(statements.cancel(tables, execution));
    };
  }

  private boolean isLocked(World world, int life) {
    return flaw != Flaw.CLAIM_WITHOUT_THE_NODES_LOCK && world.isHeld(life);
  }

  /** A claim that does not find the row of its life takes nothing. */
  private static World beginClaim(World world, int node) {
    Process process = world.process(node);
    return world.tables().lives(process.life())
        ? world.with(node, process.with(new Asked(process.life(), null)))
        : world;
  }

  private World commit(World world, int node, List<Integer> executions) {
    Process process = world.process(node);
    int life = process.claim() == null ? process.life() : process.claim().life();
    Tables after = statements.claim(world.tables(), life, executions);
    var answer = statements.claimed(after, life, executions);
    return world.with(after).with(node, process.with(new Asked(life, answer)));
  }

  private static World receive(World world, int node) {
    Process process = world.process(node);
    List<Held> hand = new ArrayList<>(process.hand());
    if (process.claim() != null && process.claim().answer() != null) {
      hand.addAll(process.claim().answer());
    }
    return world.with(node, process.with((Asked) null).with(hand));
  }

  /** What the node no longer waits for is on its way nevertheless. */
  private static World orphaned(World world, int node) {
    Asked claim = world.process(node).claim();
    if (claim == null || claim.answer() != null) {
      return world;
    }
    List<Integer> orphans = new ArrayList<>(world.orphans());
    orphans.add(claim.life());
    return world.withOrphans(orphans);
  }

  private static World withoutOrphan(World world, int life) {
    List<Integer> orphans = new ArrayList<>(world.orphans());
    orphans.remove(Integer.valueOf(life));
    return world.withOrphans(orphans);
  }

  private static World call(World world, int node, Held held, boolean succeeds) {
    Process process = world.process(node);
    List<Held> hand = new ArrayList<>(process.hand());
    hand.set(hand.indexOf(held), held.called(succeeds));
    return world.called(held).with(node, process.with(hand));
  }

  private World beat(World world, int node) {
    int life = world.process(node).life();
    if (world.tables().lives(life)) {
      return world.with(statements.heard(world.tables(), life, false));
    }
    return flaw == Flaw.LIFE_AFTER_DEATH
        ? world.with(statements.register(world.tables(), life))
        : begin(world, node, world.process(node).hand());
  }

  /** Under an id that nobody had before. A claim on its way goes on under the old one. */
  private World begin(World world, int node, List<Held> hand) {
    Process process = world.process(node);
    int life = process.life() + 1;
    return world
        .with(statements.register(world.tables(), life))
        .with(node, new Process(true, life, process.claim(), hand));
  }

  private World releaseStrays(World world, int node) {
    Process process = world.process(node);
    if (flaw == Flaw.NO_LOOK_FOR_STRAYS) {
      return world;
    }
    List<Held> hand = flaw == Flaw.STRAYS_IN_HAND ? List.of() : process.hand();
    return world.with(statements.release(world.tables(), process.life(), hand));
  }

  /** Nothing is recorded any more; but a call that was to be made may still be. */
  private World retire(World world, int node) {
    Process process = world.process(node);
    List<Held> hand = process.hand().stream().filter(held -> !held.isMade()).toList();
    return world
        .with(statements.retire(world.tables(), process.life()))
        .with(node, new Process(false, process.life(), null, hand));
  }

  private static World crash(World world, int node) {
    Process process = world.process(node);
    List<Held> late = new ArrayList<>(world.late());
    process.hand().stream().filter(Held::isMade).forEach(late::add);
    return orphaned(world, node)
        .withLate(late)
        .with(node, new Process(false, process.life(), null, List.of()));
  }
}
