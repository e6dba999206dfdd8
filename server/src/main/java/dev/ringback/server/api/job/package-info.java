/** The calls about jobs. */
@NullMarked
package dev.ringback.server.api.job;

import org.jspecify.annotations.NullMarked;
