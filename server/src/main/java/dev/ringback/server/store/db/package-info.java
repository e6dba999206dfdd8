/** The way to PostgreSQL: connections, arrays, batches, turns. It knows nothing of jobs. */
@NullMarked
package dev.ringback.server.store.db;

import org.jspecify.annotations.NullMarked;
