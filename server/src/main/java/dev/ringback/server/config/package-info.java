/** The settings of a node, a record for each purpose, and what is wrong with them. */
@NullMarked
package dev.ringback.server.config;

import org.jspecify.annotations.NullMarked;
