/**
 * The client of Ringback for Java: jobs are created, read, awaited, watched and cancelled by a
 * {@link dev.ringback.client.RingbackClient}. Callbacks are received with {@link
 * dev.ringback.client.webhook}.
 */
@NullMarked
package dev.ringback.client;

import org.jspecify.annotations.NullMarked;
