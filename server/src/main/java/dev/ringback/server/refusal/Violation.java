package dev.ringback.server.refusal;

/** One field that is wrong, and what is right. */
public record Violation(String field, String description) {}
