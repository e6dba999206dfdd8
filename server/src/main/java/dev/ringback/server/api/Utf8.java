package dev.ringback.server.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Where bytes are no UTF-8. */
final class Utf8 {
  private Utf8() {}

  /** The place of the first byte that is none; of valid text the largest number there is. */
  static long invalidFrom(byte[] text) {
    ByteString bytes = UnsafeByteOperations.unsafeWrap(text);
    if (bytes.isValidUtf8()) {
      return Long.MAX_VALUE;
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(text);
    CharBuffer out = CharBuffer.allocate(1_024);
    CoderResult result;
    do {
      result = decoder.decode(in, out.clear(), true);
    } while (result.isOverflow());
    return in.position();
  }
}
