package dev.ringback.client;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A list that is read page by page as it is walked through; each walk begins anew.
 *
 * <p>Walking throws {@link RingbackException} where a page can't be read. Thread-safe; its
 * iterators are not.
 */
public final class Pages<T> implements Iterable<T> {
  private final String firstToken;
  private final Function<String, Page<T>> read;

  /**
   * @param firstToken of the page to begin with; empty for the first
   * @param read reads the page of a token
   */
  Pages(String firstToken, Function<String, Page<T>> read) {
    this.firstToken = firstToken;
    this.read = read;
  }

  /** The first page alone. */
  public Page<T> first() {
    return read.apply(firstToken);
  }

  /** The pages, each read when it is reached. */
  public Stream<Page<T>> pages() {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(new Walk(), Spliterator.ORDERED), false);
  }

  /** The items of all pages. */
  public Stream<T> stream() {
    return pages().flatMap(page -> page.items().stream());
  }

  @Override
  public Iterator<T> iterator() {
    return stream().iterator();
  }

  private final class Walk implements Iterator<Page<T>> {
    private @Nullable String token = firstToken;

    @Override
    public boolean hasNext() {
      return token != null;
    }

    @Override
    public Page<T> next() {
      if (token == null) {
        throw new NoSuchElementException();
      }
      Page<T> page = read.apply(token);
      token = page.hasNext() ? page.nextPageToken() : null;
      return page;
    }
  }
}
