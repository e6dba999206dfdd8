/** The calls that watch jobs. */
@NullMarked
package dev.ringback.server.api.watch;

import org.jspecify.annotations.NullMarked;
