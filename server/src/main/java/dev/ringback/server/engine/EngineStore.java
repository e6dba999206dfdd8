package dev.ringback.server.engine;

import dev.ringback.server.store.DatabaseClock;
import dev.ringback.server.store.Nodes;
import dev.ringback.server.store.Queue;
import dev.ringback.server.store.Recording;
import dev.ringback.server.store.Signal;
import dev.ringback.server.store.SigningSecrets;

/** The store, as far as the engine needs it. */
public record EngineStore(
    Queue queue,
    Recording recording,
    SigningSecrets signingSecrets,
    Nodes nodes,
    DatabaseClock clock,
    Signal signal) {}
