/** The loop: claim, call, record, retry, and the rescue of what a dead node left behind. */
@NullMarked
package dev.ringback.server.engine;

import org.jspecify.annotations.NullMarked;
