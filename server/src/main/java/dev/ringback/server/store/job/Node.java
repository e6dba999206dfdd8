package dev.ringback.server.store.job;

/**
 * One life of one node.
 *
 * @param id never used again; what it owns in the queue is owned by this life alone
 * @param name as the operator named it
 */
public record Node(int id, String name) {}
