package dev.ringback.server.model;

import dev.ringback.server.model.Model.Scope;
import dev.ringback.server.model.Tables.End;
import dev.ringback.server.model.Tables.Job;
import dev.ringback.server.model.Tables.Row;
import dev.ringback.server.model.Tables.Status;
import dev.ringback.server.model.Tables.Story;
import dev.ringback.server.model.World.Seen;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What must be true of every world and of every step, whatever goes wrong. */
record Invariants(Scope scope) {
  /** What is wrong with a world; empty when all is well. */
  Optional<String> wrong(World world) {
    for (Story story : world.tables().stories()) {
      Optional<String> wrong =
          place(story).or(() -> attempts(story)).or(() -> owner(world, story)).or(() -> job(story));
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    return calls(world).or(() -> hands(world));
  }

  /** What is wrong with a step, whatever world it leads to; empty when all is well. */
  Optional<String> wrong(World before, Step step, World after) {
    for (int i = 0; i < scope.executions(); i++) {
      Optional<String> wrong = past(before.tables().story(i), after.tables().story(i));
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    for (int i = 0; i < scope.executions(); i++) {
      Optional<String> wrong =
          held(before.tables().story(i).row(), step, after.tables().story(i).row());
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    return deadHand(before, step, after);
  }

  /** Whoever holds an execution alone lets it go. */
  private static Optional<String> held(@Nullable Row before, Step step, @Nullable Row after) {
    if (before == null || after == null || !before.held()) {
      return Optional.empty();
    }
    return unless(
            after.held() || step instanceof Step.LetGo,
            "what is held must stay so until it is let go")
        .or(() ->
            unless(
                before.owner() != Tables.NOBODY || after.owner() == Tables.NOBODY,
                "what is held must not be claimed"));
  }

  private static Optional<String> unless(boolean holds, String otherwise) {
    return holds ? Optional.empty() : Optional.of(otherwise);
  }

  private static Optional<String> place(Story story) {
    return unless(
        story.ends().size() + (story.row() == null ? 0 : 1) == 1,
        "an execution must be in the queue or have ended, and once");
  }

  private Optional<String> attempts(Story story) {
    List<Status> attempts = story.attempts();
    Row row = story.row();
    int begun = row == null ? story.attemptCount() : row.attempt();
    int open = Collections.frequency(attempts, Status.OPEN);
    boolean owned = row != null && row.owner() != Tables.NOBODY;
    return unless(begun == attempts.size(), "every attempt must be on record")
        .or(() ->
            unless(
                open == (owned ? 1 : 0) && (open == 0 || attempts.getLast() == Status.OPEN),
                "the last attempt must be open exactly while somebody owns its execution"))
        .or(() ->
            unless(
                row == null || row.lost() == Collections.frequency(attempts, Status.LOST),
                "lost attempts must be counted"))
        .or(() ->
            unless(
                Collections.frequency(attempts, Status.FAILED) <= 1 + scope.maxRetries(),
                "no more retries than allowed"))
        .or(() ->
            unless(
                !story.ends().contains(End.FAILED)
                    || Collections.frequency(attempts, Status.FAILED) == 1 + scope.maxRetries(),
                "an execution must not fail before all retries are used"));
  }

  private static Optional<String> owner(World world, Story story) {
    Row row = story.row();
    return unless(
        row == null || row.owner() == Tables.NOBODY || world.tables().lives(row.owner()),
        "an owner must be on record, or nobody would ever find it dead");
  }

  private static Optional<String> job(Story story) {
    Row row = story.row();
    boolean marked =
        row == null
            ? story.job() != Job.PENDING
            : story.job() == (row.cancelled() ? Job.CANCELLED : Job.PENDING);
    return unless(marked, "a job must have ended with its execution, or have been cancelled")
        .or(() ->
            unless(
                row == null || !row.cancelled() || row.owner() != Tables.NOBODY,
                "what was cancelled must not be called again"))
        .or(() ->
            unless(
                !story.ends().contains(End.COMPLETED)
                    || story.attempts().contains(Status.SUCCEEDED),
                "an execution must not complete without a success"));
  }

  private static Optional<String> past(Story before, Story after) {
    for (int i = 0; i < before.attempts().size(); i++) {
      Status was = before.attempts().get(i);
      if (was != Status.OPEN && after.attempts().get(i) != was) {
        return Optional.of("an attempt that was closed must stay as it was");
      }
    }
    return unless(
        before.row() != null || after.equals(before),
        "an execution that has ended must stay as it is");
  }

  private static Optional<String> calls(World world) {
    if (new HashSet<>(world.calls()).size() < world.calls().size()) {
      return Optional.of("no call must be made twice under one attempt number");
    }
    for (Seen seen : world.calls()) {
      if (world.tables().story(seen.execution()).attempts().size() < seen.number()) {
        return Optional.of("each call must be on record");
      }
    }
    return Optional.empty();
  }

  /** Work is done twice only where a life has ended. */
  private static Optional<String> hands(World world) {
    boolean taken =
        world.processes().stream()
            .flatMap(process -> process.hand().stream())
            .filter(held -> world.tables().lives(held.life()))
            .anyMatch(held ->
                world.tables().story(held.execution()).attempts().get(held.number() - 1)
                    == Status.LOST);
    return unless(!taken, "what a living node has in hand must not be taken from it");
  }

  /** A life that was declared dead changes nothing any more. */
  private static Optional<String> deadHand(World before, Step step, World after) {
    Optional<Held> finished =
        switch (step) {
          case Step.Finish finish -> Optional.of(finish.held());
          case Step.LateFinish late -> Optional.of(late.held());
          default -> Optional.empty();
        };
    return unless(
        finished.isEmpty()
            || before.tables().lives(finished.get().life())
            || after.tables().equals(before.tables()),
        "a life that was declared dead must change nothing");
  }
}
