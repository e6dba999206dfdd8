package dev.ringback.server.job;

import java.util.Optional;
import java.util.UUID;

/** The name of an execution, {@code exec_…}: the delivery id that all its calls carry. */
public record ExecutionId(UUID value) {
  public static Optional<ExecutionId> parse(String text) {
    return TypedId.parse("exec", text).map(ExecutionId::new);
  }

  @Override
  public String toString() {
    return TypedId.text("exec", value);
  }
}
