package dev.ringback.server.api;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list: as many items as were asked for, or fewer when a message with more would be
 * too large for the clients of gRPC, which take 4 MiB unless they are told otherwise. One item fits
 * in any case.
 *
 * <p>Not thread-safe.
 */
final class Page<T, M extends MessageLite> {
  /** The rest is for the token of the next page. */
  static final int MAX_BYTES = (4 << 20) - 1_024;

  private final int size;
  private final Function<T, M> form;
  private final List<M> messages = new ArrayList<>();
  private long bytes;
  private @Nullable T last;
  private boolean full;

  /**
   * @param size how many items at most
   * @param form an item as a message
   */
  Page(int size, Function<T, M> form) {
    this.size = size;
    this.form = form;
  }

  /** Takes the next item, unless there is no room for it; then it takes none any more. */
  boolean take(T item) {
    full = full || messages.size() == size;
    if (full) {
      return false;
    }
    M message = form.apply(item);
    // As a list's first field.
    bytes += CodedOutputStream.computeMessageSize(1, message);
    full = bytes > MAX_BYTES && !messages.isEmpty();
    if (!full) {
      messages.add(message);
      last = item;
    }
    return !full;
  }

  List<M> messages() {
    return messages;
  }

  /** The last item, if another was offered behind it, with which the next page begins. */
  Optional<T> end() {
    return full ? Optional.ofNullable(last) : Optional.empty();
  }
}
