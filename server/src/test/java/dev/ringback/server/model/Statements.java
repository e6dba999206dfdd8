package dev.ringback.server.model;

import dev.ringback.server.model.Tables.End;
import dev.ringback.server.model.Tables.Job;
import dev.ringback.server.model.Tables.Life;
import dev.ringback.server.model.Tables.Row;
import dev.ringback.server.model.Tables.Status;
import dev.ringback.server.model.Tables.Story;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * What each statement of the store does to the tables, in a word. {@code ReplayTest} holds it
 * against the statements themselves.
 *
 * @param maxRetries of every job
 */
record Statements(int maxRetries, Flaw flaw) {
  /** {@code Claims.claim}, which got these rows. */
  Tables claim(Tables tables, int life, List<Integer> executions) {
    Tables after = tables;
    for (int execution : executions) {
      Story story = after.story(execution);
      Row row = story.row();
      if (row == null) {
        continue;
      }
      Story claimed =
          story.with(new Row(life, row.attempt() + 1, row.lost(), row.cancelled(), row.held()));
      after = after.with(execution, flaw == Flaw.CLAIM_WITHOUT_RECORD ? claimed : claimed.opened());
    }
    return after;
  }

  /** What the answer to a claim tells. */
  List<Held> claimed(Tables after, int life, List<Integer> executions) {
    List<Held> claims = new ArrayList<>();
    for (int execution : executions) {
      Row row = after.story(execution).row();
      if (row != null) {
        claims.add(new Held(execution, row.attempt(), row.lost(), life, Held.Call.NOT_MADE));
      }
    }
    return claims;
  }

  /** Whether a finish finds its row: {@code Finishes.finish} answers how many do. */
  boolean owns(Tables tables, Held held) {
    Row row = tables.story(held.execution()).row();
    return row != null
        && (row.owner() == held.life() || flaw == Flaw.FINISH_OF_ANY_OWNER)
        && (row.attempt() == held.number() || flaw == Flaw.FINISH_OF_ANY_ATTEMPT);
  }

  /** {@code Finishes.finish} of a call that was made. */
  Tables finish(Tables tables, Held held) {
    boolean succeeded = held.call() == Held.Call.SUCCEEDED;
    Story before = tables.story(held.execution());
    Story story = close(before, held.number(), succeeded ? Status.SUCCEEDED : Status.FAILED);
    Row row = before.row();
    if (row == null || !owns(tables, held)) {
      return tables.with(held.execution(), story);
    }
    int retries = held.number() - 1 - (flaw == Flaw.LOST_IS_A_RETRY ? 0 : held.lost());
    if (!succeeded && !row.cancelled() && retries < maxRetries) {
      return tables.with(
          held.execution(),
          story.with(
              new Row(
                  Tables.NOBODY,
                  row.attempt(),
                  row.lost(),
                  false,
                  row.held() && flaw != Flaw.RETRY_LETS_GO)));
    }
    End end = succeeded ? End.COMPLETED : row.cancelled() ? End.CANCELLED : End.FAILED;
    Job job = story.job() != Job.PENDING ? story.job() : succeeded ? Job.COMPLETED : Job.FAILED;
    return tables.with(held.execution(), story.ended(row, end).with(job));
  }

  private Story close(Story story, int number, Status status) {
    if (flaw == Flaw.FINISH_REOPENS && number <= story.attempts().size()) {
      List<Status> changed = new ArrayList<>(story.attempts());
      changed.set(number - 1, status);
      return new Story(story.row(), changed, story.ends(), story.job(), story.attemptCount());
    }
    return story.closed(number, status);
  }

  /** {@code Nodes.register}. */
  Tables register(Tables tables, int life) {
    List<Life> lives = new ArrayList<>(tables.lives());
    lives.add(new Life(life, false));
    lives.sort(Comparator.comparingInt(Life::id));
    return new Tables(tables.stories(), lives);
  }

  /** {@code Nodes.beat} of a life that is on record; also, with silence, time that has passed. */
  Tables heard(Tables tables, int life, boolean silent) {
    return new Tables(
        tables.stories(),
        tables.lives().stream()
            .map(row -> row.id() == life ? new Life(life, silent) : row)
            .toList());
  }

  /** {@code Rescue.rescue}, which skips lives whose row is held. */
  Tables rescue(Tables tables, Predicate<Integer> held) {
    Tables after = tables;
    for (Life life : tables.lives()) {
      if (life.silent() && !held.test(life.id())) {
        after = flaw == Flaw.RESCUE_OF_NOTHING ? bury(after, life.id()) : retire(after, life.id());
      }
    }
    return after;
  }

  /** {@code Rescue.retire}. */
  Tables retire(Tables tables, int life) {
    return release(bury(tables, life), life, List.of());
  }

  private static Tables bury(Tables tables, int life) {
    return new Tables(
        tables.stories(), tables.lives().stream().filter(row -> row.id() != life).toList());
  }

  /** {@code Nodes.releaseStrays}: frees what a life owns, but what is in hand. */
  Tables release(Tables tables, int life, List<Held> hand) {
    Tables after = tables;
    for (int i = 0; i < tables.stories().size(); i++) {
      int execution = i;
      Story story = tables.story(execution);
      Row row = story.row();
      if (row != null
          && row.owner() == life
          && hand.stream().noneMatch(held -> held.is(execution, row.attempt()))) {
        after = after.with(execution, lost(story.closed(row.attempt(), Status.LOST), row));
      }
    }
    return after;
  }

  private Story lost(Story story, Row row) {
    if (row.cancelled() && flaw != Flaw.RELEASE_OF_THE_CANCELLED) {
      return story.ended(row, End.CANCELLED);
    }
    return story.with(new Row(Tables.NOBODY, row.attempt(), row.lost() + 1, false, row.held()));
  }

  /** {@code Jobs.cancel} of a job that has not ended. */
  Tables cancel(Tables tables, int execution) {
    Story story = tables.story(execution).with(Job.CANCELLED);
    Row row = story.row();
    if (row == null) {
      return tables;
    }
    if (row.owner() == Tables.NOBODY || flaw == Flaw.CANCEL_OF_THE_OWNED) {
      return tables.with(execution, story.ended(row, End.CANCELLED));
    }
    return tables.with(
        execution, story.with(new Row(row.owner(), row.attempt(), row.lost(), true, row.held())));
  }

  /** Whoever holds an execution, or lets it go. */
  Tables hold(Tables tables, int execution, boolean held) {
    Story story = tables.story(execution);
    Row row = story.row();
    return row == null ? tables : tables.with(execution, story.with(row.with(held)));
  }
}
