/** The echo: tells those who watch what happens to jobs, from the feed of events. */
@NullMarked
package dev.ringback.server.watch;

import org.jspecify.annotations.NullMarked;
