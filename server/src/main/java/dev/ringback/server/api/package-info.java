/** The door: the only package that knows protobuf and gRPC. Validation, mapping, errors, keys. */
@NullMarked
package dev.ringback.server.api;

import org.jspecify.annotations.NullMarked;
