/**
 * All SQL about jobs and the nodes that call: each public method is one statement or one
 * transaction.
 */
@NullMarked
package dev.ringback.server.store.job;

import org.jspecify.annotations.NullMarked;
