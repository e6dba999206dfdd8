package dev.ringback.server.watch;

import dev.ringback.server.job.JobFilter;
import dev.ringback.server.refusal.Exhausted.TooMuch;
import dev.ringback.server.store.db.Room;

/**
 * The memory that watches may take, shared out among projects: see {@link Room}.
 *
 * <p>Thread-safe.
 */
public final class Seats {
  /** What a watch takes: its thread, its call, and what it is being told. */
  private static final long SEAT = 24 << 10;

  private static final long SMALL_PAGE = 16 << 10;
  private static final long LARGE_PAGE = 256 << 10;

  private final Room seats;
  private final Room pages;

  /**
   * @param room how many bytes all watches may hold
   * @param pageRoom how many bytes more large pages may take
   */
  public Seats(long room, long pageRoom) {
    this.seats = new Room(room);
    this.pages = new Room(pageRoom);
  }

  /** The memory that one watch may take: its own, and a large page while there is room. */
  public final class Seat implements AutoCloseable {
    private final int project;
    private final long own;
    private boolean hasLargePage;

    private Seat(int project, long own) {
      this.project = project;
      this.own = own;
    }

    /** How many bytes of jobs may be read for it at a time, unless it is one job. */
    public long page() {
      hasLargePage = hasLargePage || pages.take(project, LARGE_PAGE);
      return hasLargePage ? LARGE_PAGE : SMALL_PAGE;
    }

    /** Gives back the room of a large page: no more pages are read. */
    public void endPages() {
      if (hasLargePage) {
        hasLargePage = false;
        pages.giveBack(project, LARGE_PAGE);
      }
    }

    @Override
    public void close() {
      endPages();
      seats.giveBack(project, own);
    }
  }

  /**
   * Makes room for a watch.
   *
   * @throws TooMuch when there is none for the project
   */
  public Seat take(JobFilter filter) {
    long own = SEAT + SMALL_PAGE + new Matcher(filter).bytes();
    if (!seats.take(filter.projectId(), own)) {
      throw new TooMuch(
          "this project has too many watches, or such that ask for much; try again, or another"
              + " node");
    }
    return new Seat(filter.projectId(), own);
  }
}
