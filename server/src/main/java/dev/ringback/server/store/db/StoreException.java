package dev.ringback.server.store.db;

import java.sql.SQLException;

/** A statement failed by a fault of ours. Its text must not reach a caller. */
public final class StoreException extends RuntimeException {
  StoreException(SQLException cause) {
    super(cause);
  }
}
