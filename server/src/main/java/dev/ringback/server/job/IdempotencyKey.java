package dev.ringback.server.job;

/**
 * A caller's word that the same request is the same create.
 *
 * @param contentHash what the request was, as {@link ContentHash} has it
 */
public record IdempotencyKey(String text, byte[] contentHash) {}
