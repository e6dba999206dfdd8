package dev.ringback.server.store.db;

/**
 * The database can't be reached, or can't do what is asked, at this moment. Nobody did anything
 * wrong: what can wait tries again.
 */
public final class Unavailable extends RuntimeException {
  public Unavailable() {
    // No stack trace: while the database is away there are many of these.
    super("the database can't serve this at this moment", null, true, false);
  }
}
