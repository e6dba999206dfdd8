/** The calls about what a project has beside jobs. */
@NullMarked
package dev.ringback.server.api.tenant;

import org.jspecify.annotations.NullMarked;
