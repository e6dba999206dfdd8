/** What finds the Java that the server needs, itself of an older one. */
package dev.ringback.launcher;
