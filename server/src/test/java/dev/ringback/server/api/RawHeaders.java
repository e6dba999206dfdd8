package dev.ringback.server.api;

import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Headers as they arrive: as bytes, which need not be those of ASCII. */
public final class RawHeaders {
  private RawHeaders() {}

  /**
   * @param namesAndValues in turn, sent as UTF-8
   */
  public static Metadata of(String... namesAndValues) {
    return InternalMetadata.newMetadata(
        Arrays.stream(namesAndValues)
            .map(text -> text.getBytes(StandardCharsets.UTF_8))
            .toArray(byte[][]::new));
  }
}
