package dev.ringback.server;

import dev.ringback.server.store.tenant.Keys;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;

/** Where whoever has started a node finds a key that its database knows. */
sealed interface KeyAtHand {
  /** In RINGBACK_API_KEY. */
  record Given() implements KeyAtHand {}

  /** Made by this start, and kept in a file. */
  record Made(String text, Path file) implements KeyAtHand {
    /** Without the key, which must reach no log. */
    @Override
    public String toString() {
      return "Made[file=" + file + "]";
    }
  }

  /** In a file of the data folder. */
  record Kept(Path file) implements KeyAtHand {}

  /** In no file of the data folder. */
  record Missing() implements KeyAtHand {}

  /** The first of the keys kept in files that opens anything. */
  static KeyAtHand kept(SequencedMap<Path, String> files, Keys keys) {
    var found = keys.find(List.copyOf(files.sequencedValues()));
    List<Path> paths = new ArrayList<>(files.sequencedKeySet());
    for (int i = 0; i < paths.size(); i++) {
      if (found.get(i).isPresent()) {
        return new Kept(paths.get(i));
      }
    }
    return new Missing();
  }
}
