/** The client of Ringback for Java. */
@NullMarked
package dev.ringback.client;

import org.jspecify.annotations.NullMarked;
