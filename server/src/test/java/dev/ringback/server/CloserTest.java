package dev.ringback.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CloserTest {
  private final List<String> closed = new ArrayList<>();
  private final Closer closer = new Closer();

  @Test
  void closesInReverseOrderAndOnce() {
    AutoCloseable first = () -> closed.add("first");
    assertThat(closer.add(first)).isSameAs(first);
    closer.add(() -> closed.add("second"));
    closer.close();
    closer.close();
    assertThat(closed).containsExactly("second", "first");
  }

  @Test
  void closesTheRestWhenOneFails() {
    closer.add(() -> closed.add("first"));
    closer.add(() -> {
      throw new IOException("no");
    });
    closer.add(() -> {
      throw new IllegalStateException("no");
    });
    closer.add(() -> closed.add("last"));
    closer.close();
    assertThat(closed).containsExactly("last", "first");
  }

  @Test
  void closesWhatWasAddedWhileItCloses() {
    closer.add(() -> closer.add(() -> closed.add("late")));
    closer.close();
    assertThat(closed).containsExactly("late");
  }
}
