/** What a node starts beside itself: the embedded PostgreSQL and Envoy. */
@NullMarked
package dev.ringback.server.launch;

import org.jspecify.annotations.NullMarked;
