/**
 * All SQL about projects, keys and secrets: each public method is one statement or one transaction.
 */
@NullMarked
package dev.ringback.server.store.tenant;

import org.jspecify.annotations.NullMarked;
