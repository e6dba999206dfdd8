package dev.ringback.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.tenant.StoredKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands about keys take, do and say. As commands of the jar: {@code KeysIT}. */
@Timeout(30)
final class KeyCommandsTest {
  private static final String WANTED = "rb_sk_of_the_tests_0123456789";

  @RegisterExtension private final StoreFixture store = new StoreFixture();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create-key --project blue",
        "list-keys",
        "list-keys --project blue",
        "revoke-key rb_sk_Ab12Cd"
      })
  void knowsItsCommands(String line) {
    assertThat(KeyCommands.read(line.split(" "))).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "create-key",
        "create-key blue",
        "create-key --project",
        "create-key --project blue red",
        "create-key --name blue",
        "list-keys blue",
        "list-keys --project",
        "revoke-key",
        "revoke-key --project blue",
        "revoke-key one two",
        "make-key --project blue"
      })
  void knowsNoOther(String line) {
    assertThat(KeyCommands.read(line.split(" "))).isEmpty();
  }

  @Test
  void showsALineForEachKey() {
    Instant made = Instant.parse("2026-11-22T23:37:47.666481Z");
    assertThat(
            KeyCommands.table(
                List.of(
                    new StoredKey(
                        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                        Optional.empty(),
                        "billing",
                        made,
                        Optional.empty(),
                        false),
                    new StoredKey(
                        "0f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                        Optional.of("rb_sk_Ab12Cd"),
                        "billing",
                        made.plusSeconds(60),
                        Optional.of(made.plusSeconds(120)),
                        false),
                    new StoredKey(
                        "1f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                        Optional.of("hunt"),
                        "default",
                        made,
                        Optional.of(made),
                        true))))
        .isEqualTo(
            """
            PREFIX           PROJECT  MADE                  LAST USED             FROM
            sha256:9f86d081  billing  2026-11-22T23:37:47Z  -                     Ringback
            rb_sk_Ab12Cd     billing  2026-11-22T23:38:47Z  2026-11-22T23:39:47Z  Ringback
            hunt...          default  2026-11-22T23:37:47Z  2026-11-22T23:37:47Z  RINGBACK_API_KEY\
            """);
  }

  private StoredKey stored(String key) {
    return store.keys.list().stream()
        .filter(stored -> stored.isMeantBy(key))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void revokesAKeyByWhateverNamesIt() {
    for (int way = 0; way < 5; way++) {
      String key = store.keys.create("blue");
      String text =
          switch (way) {
            case 0 -> key.substring(0, 12);
            case 1 -> key.substring(0, 11);
            case 2 -> stored(key).id();
            case 3 -> "sha256:" + stored(key).hash();
            default -> key;
          };
      String said = KeyCommands.revoke(store.keys, text);
      assertThat(said)
          .startsWith(
              "revoked "
                  + key.substring(0, 12)
                  + " of the project blue: nodes refuse it within 5 s")
          .doesNotContain(key)
          .endsWith("The project blue has no other key: create-key makes one.");
      assertThat(store.projectOf(key)).isEmpty();
    }
  }

  @Test
  void saysWhatBringsTheKeyOfTheSettingBack() {
    store.keys.bootstrap(Optional.of(WANTED));
    String said = KeyCommands.revoke(store.keys, "rb_s...");
    assertThat(said)
        .startsWith("revoked rb_s... of the project default")
        .contains("\nA node that starts with this key in RINGBACK_API_KEY brings it back.")
        .doesNotContain("has no other key");
    assertThat(store.projectOf(WANTED)).isEmpty();
    store.keys.bootstrap(Optional.of(WANTED));
    assertThat(store.projectOf(WANTED)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "r",
        "rb_sk_",
        "rb_s",
        "sha256:",
        "sha256:zz",
        "rb_sk_------",
        "rb_sk_of_the_tests_0123456789?"
      })
  void revokesNothingByWhatNamesNoKey(String text) throws Exception {
    store.keys.bootstrap(Optional.of(WANTED));
    int before = store.count("api_keys");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeyCommands.revoke(store.keys, text))
        .withMessage(
            "no key was revoked: give a key's PREFIX as list-keys shows it, at least 8 characters"
                + " of it, or the whole key");
    assertThat(store.count("api_keys")).isEqualTo(before);
  }

  @Test
  void revokesNothingByWhatNamesSeveralKeys() throws Exception {
    String key = store.keys.create("blue");
    String other = store.keys.create("red");
    store.execute("update api_keys set prefix = 'rb_sk_Ab12Cd'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeyCommands.revoke(store.keys, "rb_sk_Ab12Cd"))
        .withMessageStartingWith("no key was revoked: several are meant by that")
        .withMessageContaining("\n  " + stored(key).id() + "  rb_sk_Ab12Cd of the project blue")
        .withMessageContaining("\n  " + stored(other).id() + "  rb_sk_Ab12Cd of the project red");
    KeyCommands.revoke(store.keys, stored(key).id());
    assertThat(store.projectOf(key)).isEmpty();
    assertThat(store.projectOf(other)).isPresent();
  }
}
