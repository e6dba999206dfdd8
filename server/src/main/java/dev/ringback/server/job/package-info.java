/** The nouns: pure records, sealed choices and their rules. No I/O, no framework. */
@NullMarked
package dev.ringback.server.job;

import org.jspecify.annotations.NullMarked;
