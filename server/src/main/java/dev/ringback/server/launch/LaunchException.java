package dev.ringback.server.launch;

import org.jspecify.annotations.Nullable;

/** Why a node can't start what it needs beside itself, in words for the operator. */
public final class LaunchException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public LaunchException(String message) {
    this(message, null);
  }

  public LaunchException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
