package dev.ringback.server.api.read;

import com.google.protobuf.ByteString;

/** The body of a callback. */
public final class BodyField {
  private BodyField() {}

  /**
   * The bytes; none where there are too many.
   *
   * @param most how many there may be
   */
  public static byte[] read(String field, ByteString body, int most, Violations violations) {
    if (body.size() > most) {
      violations.addTooLarge(field, "must have at most " + most + " bytes, not " + body.size());
      return new byte[0];
    }
    return body.toByteArray();
  }
}
