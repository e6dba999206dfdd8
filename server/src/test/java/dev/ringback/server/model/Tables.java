package dev.ringback.server.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the tables hold, as far as the model tells it: what can be read back from PostgreSQL and
 * compared.
 *
 * @param stories one for each job, which fires once
 * @param lives the rows of {@code nodes}, by id
 */
record Tables(List<Story> stories, List<Life> lives) {
  /** The owner of what waits. */
  static final int NOBODY = 0;

  Tables {
    stories = List.copyOf(stories);
    lives = List.copyOf(lives);
  }

  /**
   * A job and all that is on record of its only execution.
   *
   * @param row of the queue, as long as the execution lives
   * @param attempts by number
   * @param ends the rows of {@code executions}: never more than one, if all is well
   */
  record Story(
      @Nullable Row row, List<Status> attempts, List<End> ends, Job job, int attemptCount) {
    Story {
      attempts = List.copyOf(attempts);
      ends = List.copyOf(ends);
    }

    /** A job that was just created. */
    static Story created() {
      return new Story(new Row(NOBODY, 0, 0, false, false), List.of(), List.of(), Job.PENDING, 0);
    }

    boolean waits() {
      return row != null && row.owner() == NOBODY && !row.held();
    }

    Story with(@Nullable Row row) {
      return new Story(row, attempts, ends, job, attemptCount);
    }

    Story with(Job job) {
      return new Story(row, attempts, ends, job, attemptCount);
    }

    /** As after another attempt was opened. */
    Story opened() {
      List<Status> more = new ArrayList<>(attempts);
      more.add(Status.OPEN);
      return new Story(row, more, ends, job, attemptCount);
    }

    /** As after an attempt was closed; one that is not open stays as it is. */
    Story closed(int number, Status status) {
      if (number > attempts.size() || attempts.get(number - 1) != Status.OPEN) {
        return this;
      }
      List<Status> changed = new ArrayList<>(attempts);
      changed.set(number - 1, status);
      return new Story(row, changed, ends, job, attemptCount);
    }

    /** As after the execution has ended. */
    Story ended(Row last, End end) {
      List<End> more = new ArrayList<>(ends);
      more.add(end);
      return new Story(null, attempts, more, job, attemptCount + last.attempt());
    }
  }

  /**
   * A row of the queue.
   *
   * @param held is not to be claimed
   */
  record Row(int owner, int attempt, int lost, boolean cancelled, boolean held) {
    Row with(boolean held) {
      return new Row(owner, attempt, lost, cancelled, held);
    }
  }

  /** A row of {@code nodes}; silent: the last heartbeat is too long ago. */
  record Life(int id, boolean silent) {}

  /** Of an attempt. */
  enum Status {
    OPEN,
    SUCCEEDED,
    FAILED,
    LOST
  }

  /** Of an execution that has ended. */
  enum End {
    COMPLETED,
    FAILED,
    CANCELLED
  }

  /** Of a job. */
  enum Job {
    PENDING,
    COMPLETED,
    FAILED,
    CANCELLED
  }

  Story story(int execution) {
    return stories.get(execution);
  }

  Tables with(int execution, Story story) {
    List<Story> changed = new ArrayList<>(stories);
    changed.set(execution, story);
    return new Tables(changed, lives);
  }

  boolean lives(int life) {
    return lives.stream().anyMatch(row -> row.id() == life);
  }

  /** The executions that wait to be claimed. */
  List<Integer> waiting() {
    return IntStream.range(0, stories.size()).filter(i -> story(i).waits()).boxed().toList();
  }

  boolean allEnded() {
    return stories.stream().allMatch(story -> story.row() == null);
  }
}
