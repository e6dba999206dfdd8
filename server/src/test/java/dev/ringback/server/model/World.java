package dev.ringback.server.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All there is at one moment: the tables, what each node has in its memory, what is on its way
 * between the two, and what the targets saw.
 *
 * @param orphans lives under which claims run whose answer nobody waits for any more
 * @param late finishes on their way whose node has crashed
 * @param calls what the targets saw
 * @param faults how many more things may go wrong
 * @param cancels how many more jobs may be cancelled
 * @param holds how many more times an execution may be held
 */
record World(
    Tables tables,
    List<Process> processes,
    List<Integer> orphans,
    List<Held> late,
    List<Seen> calls,
    int faults,
    int cancels,
    int holds) {
  World {
    processes = List.copyOf(processes);
    orphans = List.copyOf(orphans);
    late = List.copyOf(late);
    calls = List.copyOf(calls);
  }

  /**
   * A node as it sees itself.
   *
   * @param up whether it runs; one that has retired may still be making its calls
   * @param life under which id, or under which it ran last
   * @param claim the claim whose answer it waits for
   */
  record Process(boolean up, int life, @Nullable Asked claim, List<Held> hand) {
    Process {
      hand = List.copyOf(hand);
    }

    Process with(@Nullable Asked claim) {
      return new Process(up, life, claim, hand);
    }

    Process with(List<Held> hand) {
      return new Process(up, life, claim, hand);
    }

    Process without(Held held) {
      return with(hand.stream().filter(other -> !other.equals(held)).toList());
    }
  }

  /**
   * A claim on its way: until it is committed it holds the row of its life.
   *
   * @param answer what it got, once it is committed
   */
  record Asked(int life, @Nullable List<Held> answer) {}

  /** A call that reached its target. */
  record Seen(int execution, int number) {}

  Process process(int node) {
    return processes.get(node);
  }

  World with(Tables changed) {
    return new World(changed, processes, orphans, late, calls, faults, cancels, holds);
  }

  World with(int node, Process process) {
    List<Process> changed = new ArrayList<>(processes);
    changed.set(node, process);
    return new World(tables, changed, orphans, late, calls, faults, cancels, holds);
  }

  World withOrphans(List<Integer> changed) {
    return new World(
        tables, processes, changed.stream().sorted().toList(), late, calls, faults, cancels, holds);
  }

  World withLate(List<Held> changed) {
    return new World(tables, processes, orphans, changed, calls, faults, cancels, holds);
  }

  World called(Held held) {
    List<Seen> more = new ArrayList<>(calls);
    more.add(new Seen(held.execution(), held.number()));
    more.sort(Comparator.comparingInt(Seen::execution).thenComparingInt(Seen::number));
    return new World(tables, processes, orphans, late, more, faults, cancels, holds);
  }

  /**
   * The same without what can make no difference any more: calls under a number that nobody has in
   * hand nor will get, results of what has ended. So fewer worlds have to be told apart.
   */
  World forget() {
    return new World(
        tables,
        processes,
        orphans,
        late.stream().filter(held -> tables.story(held.execution()).row() != null).toList(),
        calls.stream().filter(this::matters).toList(),
        faults,
        cancels,
        holds);
  }

  private boolean matters(Seen call) {
    Tables.Row row = tables.story(call.execution()).row();
    return (row != null && row.attempt() <= call.number())
        || processes.stream()
            .flatMap(process -> process.hand().stream())
            .anyMatch(held -> held.is(call.execution(), call.number()));
  }

  World fewerFaults(int cost) {
    return new World(tables, processes, orphans, late, calls, faults - cost, cancels, holds);
  }

  World fewerCancels() {
    return new World(tables, processes, orphans, late, calls, faults, cancels - 1, holds);
  }

  World fewerHolds() {
    return new World(tables, processes, orphans, late, calls, faults, cancels, holds - 1);
  }

  /** Whether a claim that is not committed yet holds the row of a life. */
  boolean isHeld(int life) {
    return orphans.contains(life)
        || processes.stream()
            .map(Process::claim)
            .anyMatch(claim -> claim != null && claim.life() == life && claim.answer() == null);
  }
}
