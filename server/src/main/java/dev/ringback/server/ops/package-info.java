/** For the operator: health and readiness. */
@NullMarked
package dev.ringback.server.ops;

import org.jspecify.annotations.NullMarked;
