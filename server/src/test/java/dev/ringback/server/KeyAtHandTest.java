package dev.ringback.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.store.StoreFixture;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
final class KeyAtHandTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();

  @Test
  void findsTheFileWhoseKeyTheDatabaseKnows() {
    SequencedMap<Path, String> files = new LinkedHashMap<>();
    files.put(Path.of("api-key"), "rb_sk_of_another_database");
    files.put(Path.of("api-key-2"), "");
    assertThat(KeyAtHand.kept(files, store.keys)).isEqualTo(new KeyAtHand.Missing());
    files.put(Path.of("api-key-3"), store.keys.create("blue"));
    files.put(Path.of("api-key-4"), store.keys.create("red"));
    assertThat(KeyAtHand.kept(files, store.keys))
        .isEqualTo(new KeyAtHand.Kept(Path.of("api-key-3")));
  }

  @Test
  void saysNoKey() {
    assertThat(new KeyAtHand.Made("rb_sk_secret", Path.of("api-key")).toString())
        .doesNotContain("secret");
  }
}
