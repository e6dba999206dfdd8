/** What every call has: its key's project, its errors, its memory, its turns. */
@NullMarked
package dev.ringback.server.api.call;

import org.jspecify.annotations.NullMarked;
