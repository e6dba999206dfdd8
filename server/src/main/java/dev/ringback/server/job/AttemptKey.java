package dev.ringback.server.job;

/** Which attempt, in a word: what its node holds on to while the call is being made. */
public record AttemptKey(ExecutionId execution, int number) {}
