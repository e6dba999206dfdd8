package dev.ringback.server.api;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.WireFormat;
import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Violation;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks over the bytes of a message before objects are made of them. Two bytes may stand for an
 * object of a hundred, so a message of a few MiB could fill the memory.
 *
 * <p>For one message, one thread.
 */
final class WireScan {
  /** The field that stands for those that the message does not have. */
  static final String UNKNOWN = "request";

  private final CodedInputStream wire;
  private long values;

  private WireScan(CodedInputStream wire) {
    this.wire = wire;
  }

  /**
   * Counts the values of a message.
   *
   * @throws IOException when it is no message
   * @throws InvalidFields when it has a list or map that is longer than any may be
   */
  static long values(byte[] bytes, Descriptor type) throws IOException {
    var scan = new WireScan(CodedInputStream.newInstance(bytes));
    scan.message(type, "");
    return scan.values;
  }

  private void message(Descriptor type, String path) throws IOException {
    Map<String, Integer> counts = new HashMap<>();
    for (int tag = wire.readTag(); tag != 0; tag = wire.readTag()) {
      FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      String name = field == null ? UNKNOWN : path + field.getName();
      boolean isList = field == null || field.isRepeated();
      int before = isList ? counts.getOrDefault(name, 0) : 0;
      int read = value(tag, field, isList ? name + "[" + before + "]" : name);
      counts.put(name, before + read);
      values += read;
      if (before + read > JsonReader.MAX_ITEMS) {
        throw new InvalidFields(
            List.of(
                new Violation(
                    name, "must have at most %d entries".formatted(JsonReader.MAX_ITEMS))),
            false);
      }
    }
  }

  /** Reads past a field; answers how many values it is. */
  private int value(int tag, @Nullable FieldDescriptor field, String path) throws IOException {
    if (field == null || WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
      wire.skipField(tag);
      return 1;
    }
    if (field.isPackable()) {
      return packed();
    }
    if (field.getJavaType() == JavaType.MESSAGE) {
      int outer = wire.pushLimit(wire.readRawVarint32());
      message(field.getMessageType(), path + ".");
      wire.popLimit(outer);
    } else {
      wire.skipField(tag);
    }
    return 1;
  }

  /** Of enums, of which alone our requests have lists. */
  private int packed() throws IOException {
    int outer = wire.pushLimit(wire.readRawVarint32());
    int count = 0;
    for (; !wire.isAtEnd(); count++) {
      wire.readEnum();
    }
    wire.popLimit(outer);
    return count;
  }
}
