package dev.ringback.server.api.job;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import dev.ringback.server.api.read.PageFields;
import dev.ringback.server.api.read.PageToken;
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

  private final PageFields asked;
  private final Function<T, M> form;
  private final Function<T, PageToken> place;
  private final List<M> messages = new ArrayList<>();
  private long bytes;
  private @Nullable T last;
  private boolean full;

  /**
   * @param form an item as a message
   * @param place where an item is in the list
   */
  Page(PageFields asked, Function<T, M> form, Function<T, PageToken> place) {
    this.asked = asked;
    this.form = form;
    this.place = place;
  }

  /** How many items to offer: one more than it holds tells whether there is a next page. */
  int wanted() {
    return asked.size() + 1;
  }

  /** Takes the next item, unless there is no room for it; then it takes none any more. */
  boolean take(T item) {
    full = full || messages.size() == asked.size();
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

  /** The token of the next page, which begins with an item that was not taken; empty for none. */
  String next() {
    return next(Optional.empty());
  }

  /**
   * The same where the list may go on.
   *
   * @param rest behind which there may be more, when all that was found has been taken
   */
  String next(Optional<PageToken> rest) {
    Optional<PageToken> end = full ? Optional.ofNullable(last).map(place) : rest;
    return end.map(token -> token.text(asked.list())).orElse("");
  }
}
