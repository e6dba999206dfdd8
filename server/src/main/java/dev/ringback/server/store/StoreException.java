package dev.ringback.server.store;

import java.sql.SQLException;

/** A statement that failed for a reason that is ours. Its text must not reach a caller. */
public final class StoreException extends RuntimeException {
  StoreException(SQLException cause) {
    super(cause);
  }
}
