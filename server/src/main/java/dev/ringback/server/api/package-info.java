/**
 * The door: who may come in, how REST becomes a call of gRPC, and the server. What is called has
 * rooms of its own.
 */
@NullMarked
package dev.ringback.server.api;

import org.jspecify.annotations.NullMarked;
