/** Reads fields of any message, under the names that their caller gives them. */
@NullMarked
package dev.ringback.server.api.read;

import org.jspecify.annotations.NullMarked;
