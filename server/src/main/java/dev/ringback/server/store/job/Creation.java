package dev.ringback.server.store.job;

import dev.ringback.server.job.IdempotencyKey;
import dev.ringback.server.job.JobSpec;
import java.util.Optional;

/** A create as it was asked for. */
public record Creation(int projectId, JobSpec spec, Optional<IdempotencyKey> idempotencyKey) {
  Optional<IdempotencyKeys.Key> key() {
    return idempotencyKey.map(key -> new IdempotencyKeys.Key(projectId, key.text()));
  }

  Optional<byte[]> contentHash() {
    return idempotencyKey.map(IdempotencyKey::contentHash);
  }
}
