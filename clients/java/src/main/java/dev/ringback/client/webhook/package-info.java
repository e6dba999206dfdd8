/**
 * The receiving side: tells whether a callback is Ringback's and was not altered, by Standard
 * Webhooks. It needs nothing of the client, and no gRPC.
 */
@NullMarked
package dev.ringback.client.webhook;

import org.jspecify.annotations.NullMarked;
