package dev.ringback.server.store.db;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.Oid;
import org.postgresql.util.PGBinaryObject;
import org.postgresql.util.PGobject;

/**
 * An array of ids or times as PostgreSQL's binary protocol has it ({@code array_recv}). The driver
 * would send these as text, which costs more to write and to read than all else about a row.
 *
 * <p>The connection must name {@link #TYPES} in {@code binaryTransferEnable}.
 */
final class BinaryArray extends PGobject implements PGBinaryObject {
  /** What is sent this way, as the driver's setting wants it. */
  static final String TYPES = Oid.UUID_ARRAY + "," + Oid.TIMESTAMPTZ_ARRAY;

  private static final int HEADER = 20;

  /** From 1970 to 2000, where PostgreSQL's times begin. */
  private static final long EPOCH_SECONDS = 946_684_800;

  // Nobody serializes this, though its parent is serializable.
  private final transient byte[] bytes;

  private BinaryArray(String type, byte[] bytes) {
    setType(type);
    this.bytes = bytes;
  }

  /** One id of each row. */
  static <T> BinaryArray uuids(List<T> rows, Function<T, @Nullable UUID> value) {
    return of(
        "_uuid",
        Oid.UUID,
        16,
        rows,
        value,
        (buffer, id) -> {
          buffer.putLong(id.getMostSignificantBits());
          buffer.putLong(id.getLeastSignificantBits());
        });
  }

  /** One time of each row, to the microsecond. */
  static <T> BinaryArray times(List<T> rows, Function<T, @Nullable Instant> value) {
    return of(
        "_timestamptz",
        Oid.TIMESTAMPTZ,
        8,
        rows,
        value,
        (buffer, time) ->
            buffer.putLong(
                (time.getEpochSecond() - EPOCH_SECONDS) * 1_000_000 + time.getNano() / 1_000));
  }

  private static <T, V> BinaryArray of(
      String type,
      int element,
      int length,
      List<T> rows,
      Function<T, @Nullable V> value,
      BiConsumer<ByteBuffer, V> write) {
    ByteBuffer buffer = ByteBuffer.allocate(HEADER + rows.size() * (4 + length));
    buffer.putInt(1).putInt(1).putInt(element).putInt(rows.size()).putInt(1);
    for (T row : rows) {
      V one = value.apply(row);
      if (one == null) {
        buffer.putInt(-1);
      } else {
        buffer.putInt(length);
        write.accept(buffer, one);
      }
    }
    byte[] bytes = new byte[buffer.position()];
    buffer.flip().get(bytes);
    return new BinaryArray(type, bytes);
  }

  @Override
  public void setByteValue(byte[] value, int offset) {
    throw new UnsupportedOperationException("only sent, never read");
  }

  @Override
  public int lengthInBytes() {
    return bytes.length;
  }

  @Override
  public void toBytes(byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, bytes.length);
  }
}
