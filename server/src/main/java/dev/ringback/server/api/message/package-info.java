/** The nouns as messages, and messages as JSON. */
@NullMarked
package dev.ringback.server.api.message;

import org.jspecify.annotations.NullMarked;
