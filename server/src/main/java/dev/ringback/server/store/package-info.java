/** All SQL: each public method is one statement or one transaction. */
@NullMarked
package dev.ringback.server.store;

import org.jspecify.annotations.NullMarked;
