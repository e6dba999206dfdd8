/** What is told to a caller whose call is not served, and may be told: nothing of the inside. */
@NullMarked
package dev.ringback.server.refusal;

import org.jspecify.annotations.NullMarked;
