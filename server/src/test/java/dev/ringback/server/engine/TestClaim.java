package dev.ringback.server.engine;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Delivery;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.Lane;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.TargetUrl;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** A claim of which only its project and its URL matter. */
final class TestClaim {
  private TestClaim() {}

  static Claim of(int project, String url) {
    TargetUrl target = TargetUrl.stored(url);
    return new Claim(
        1,
        "one",
        Lane.of(project, target),
        new JobId(new UUID(1, 1)),
        new ExecutionId(new UUID(1, 2)),
        1,
        0,
        Instant.EPOCH,
        Instant.EPOCH,
        Instant.EPOCH,
        Optional.empty(),
        new Callback(target, "POST", Map.of(), new byte[0]),
        0,
        new Delivery(
            new RetryPolicy(0, Duration.ZERO, Duration.ZERO, Optional.empty()),
            Duration.ofSeconds(30)));
  }
}
