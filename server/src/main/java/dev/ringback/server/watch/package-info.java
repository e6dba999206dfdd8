/** The echo: tells those who watch what happens to jobs, as the feed of events has it. */
@NullMarked
package dev.ringback.server.watch;

import org.jspecify.annotations.NullMarked;
