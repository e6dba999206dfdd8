package dev.ringback.server.job;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** The name of an execution, {@code exec_…}: the delivery id that all its calls carry. */
public record ExecutionId(UUID value) {
  public static Optional<ExecutionId> parse(String text) {
    return TypedId.parse("exec", text).map(ExecutionId::new);
  }

  /** The least id that could have been made so much earlier. */
  public UUID earlier(Duration by) {
    return new UUID(value.getMostSignificantBits() - (by.toMillis() << 16) & -1L << 16, 0);
  }

  @Override
  public String toString() {
    return TypedId.text("exec", value);
  }
}
