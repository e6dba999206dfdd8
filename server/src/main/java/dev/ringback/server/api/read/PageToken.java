package dev.ringback.server.api.read;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32;

/**
 * A place in a list: opaque to callers, and only good for the list that it came from.
 *
 * @param id of the last item of the page before
 * @param number further says which item it was, where ids repeat
 */
public record PageToken(UUID id, int number) {
  private static final int PLACE_BYTES = 20;

  /** The place of an item whose id is its own. */
  public static PageToken at(UUID id) {
    return new PageToken(id, 0);
  }

  /**
   * The token's text.
   *
   * @param list what was asked for, but for page size and token
   */
  public String text(String list) {
    byte[] place =
        ByteBuffer.allocate(PLACE_BYTES)
            .putLong(id.getMostSignificantBits())
            .putLong(id.getLeastSignificantBits())
            .putInt(number)
            .array();
    byte[] whole =
        ByteBuffer.allocate(PLACE_BYTES + 4).put(place).putInt(check(list, place)).array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
  }

  /** Reads the token of a list's page; notes what is wrong with it. Empty: the first page. */
  public static Optional<PageToken> read(String text, String list, Violations violations) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      byte[] whole = Base64.getUrlDecoder().decode(text);
      if (whole.length == PLACE_BYTES + 4) {
        ByteBuffer bytes = ByteBuffer.wrap(whole);
        var token = new PageToken(new UUID(bytes.getLong(), bytes.getLong()), bytes.getInt());
        if (bytes.getInt() == check(list, Arrays.copyOf(whole, PLACE_BYTES))) {
          return Optional.of(token);
        }
      }
    } catch (IllegalArgumentException e) {
      // Not base64: the same answer as for a token of another list.
    }
    violations.add("page_token", "must be the next_page_token of a list with the same filter");
    return Optional.empty();
  }

  private static int check(String list, byte[] place) {
    CRC32 crc = new CRC32();
    crc.update(place);
    crc.update(list.getBytes(StandardCharsets.UTF_8));
    return (int) crc.getValue();
  }
}
