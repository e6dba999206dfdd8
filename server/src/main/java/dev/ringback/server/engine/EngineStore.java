package dev.ringback.server.engine;

import dev.ringback.server.store.db.DatabaseClock;
import dev.ringback.server.store.db.Signal;
import dev.ringback.server.store.job.Claims;
import dev.ringback.server.store.job.Finishes;
import dev.ringback.server.store.job.Rescue;
import dev.ringback.server.store.tenant.SigningSecrets;

/** The store, as far as the engine needs it. */
public record EngineStore(
    Claims claims,
    Finishes finishes,
    SigningSecrets signingSecrets,
    Rescue rescue,
    DatabaseClock clock,
    Signal signal) {}
