/** One call: the address that may be reached, the connection, the request and its answer. */
@NullMarked
package dev.ringback.server.engine.http;

import org.jspecify.annotations.NullMarked;
