package dev.ringback.server.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every world that can come about, breadth first, so that the way to what is wrong is a shortest
 * one.
 *
 * <p>Used by one thread.
 */
final class Exploration {
  private final Model model;
  private final Invariants invariants;
  private final Map<World, Integer> numbers = new HashMap<>();
  private final List<Found> found = new ArrayList<>();

  /** For each world those from which it comes about without anything going wrong. */
  private final List<List<Integer>> healedFrom = new ArrayList<>();

  private int steps;

  /** A world, and how it came about first. */
  private record Found(World world, int from, Optional<Step> by) {}

  Exploration(Model model) {
    this.model = model;
    this.invariants = new Invariants(model.scope());
  }

  /** How many worlds there are. */
  int worlds() {
    return found.size();
  }

  /** How many steps lead from one to another. */
  int steps() {
    return steps;
  }

  /**
   * Looks at all of them, or up to the first that is wrong: says what is, and how it came about.
   */
  Optional<String> run() {
    number(new Found(model.beginning(), -1, Optional.empty()));
    for (int at = 0; at < found.size(); at++) {
      World world = found.get(at).world();
      for (Step step : model.steps(world)) {
        World after = model.after(world, step);
        if (after.equals(world)) {
          continue;
        }
        steps++;
        int known = found.size();
        int number = number(new Found(after, at, Optional.of(step)));
        Optional<String> wrong = invariants.wrong(world, step, after);
        if (wrong.isEmpty() && number == known) {
          wrong = invariants.wrong(after);
        }
        if (wrong.isPresent()) {
          return Optional.of(wrong.get() + story(at) + "\n  " + step + "\n  " + after);
        }
        if (Model.faults(world, step) == 0) {
          healedFrom.get(number).add(at);
        }
      }
    }
    return lost();
  }

  private int number(Found world) {
    Integer known = numbers.putIfAbsent(world.world(), found.size());
    if (known != null) {
      return known;
    }
    found.add(world);
    healedFrom.add(new ArrayList<>());
    return found.size() - 1;
  }

  /** A world from which the end can't be reached any more, though nothing else goes wrong. */
  private Optional<String> lost() {
    BitSet good = new BitSet();
    ArrayDeque<Integer> open = new ArrayDeque<>();
    for (int i = 0; i < found.size(); i++) {
      if (found.get(i).world().tables().allEnded()) {
        good.set(i);
        open.add(i);
      }
    }
    while (!open.isEmpty()) {
      for (int from : healedFrom.get(open.remove())) {
        if (!good.get(from)) {
          good.set(from);
          open.add(from);
        }
      }
    }
    int bad = good.nextClearBit(0);
    return bad < found.size()
        ? Optional.of("the end must be in reach" + story(bad) + "\n  " + found.get(bad).world())
        : Optional.empty();
  }

  private String story(int number) {
    List<String> lines = new ArrayList<>();
    for (int at = number; at > 0; at = found.get(at).from()) {
      lines.add("\n  " + found.get(at).by().orElseThrow());
    }
    Collections.reverse(lines);
    return String.join("", lines);
  }
}
