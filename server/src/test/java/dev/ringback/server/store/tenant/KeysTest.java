package dev.ringback.server.store.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ringback.server.store.StoreFixture;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The keys that open projects. */
@Timeout(30)
final class KeysTest {
  private static final String WANTED = "rb_sk_wanted";

  @RegisterExtension private final StoreFixture store = new StoreFixture();

  /** As before the very first start. */
  private void forgetAll() throws Exception {
    store.execute("delete from api_keys");
    store.execute("delete from projects");
  }

  @Test
  void makesOneKeyHoweverManyNodesStartFirst() throws Exception {
    forgetAll();
    int nodes = 8;
    var together = new CyclicBarrier(nodes);
    Callable<Optional<String>> start =
        () -> {
          together.await();
          return store.keys.bootstrap(Optional.empty());
        };
    List<String> made;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      made =
          threads.invokeAll(Collections.nCopies(nodes, start)).stream()
              .map(future -> future.resultNow())
              .flatMap(Optional::stream)
              .toList();
    }
    assertThat(made).hasSize(1);
    assertThat(store.count("api_keys")).isEqualTo(1);
    assertThat(store.count("projects")).isEqualTo(1);
    assertThat(store.projectOf(made.getFirst())).isPresent();
  }

  @Test
  void makesNoKeyAtALaterStart() throws Exception {
    forgetAll();
    assertThat(store.keys.bootstrap(Optional.empty())).isPresent();
    assertThat(store.keys.bootstrap(Optional.empty())).isEmpty();
    assertThat(store.count("api_keys")).isEqualTo(1);
  }

  @Test
  void takesTheKeyThatIsWantedAndShowsNone() throws Exception {
    forgetAll();
    assertThat(store.keys.bootstrap(Optional.of(WANTED))).isEmpty();
    assertThat(store.projectOf(WANTED)).isPresent();
    assertThat(store.count("api_keys")).isEqualTo(1);
  }

  @Test
  void addsAWantedKeyAtALaterStart() throws Exception {
    forgetAll();
    String made = store.keys.bootstrap(Optional.empty()).orElseThrow();
    for (int start = 0; start < 2; start++) {
      assertThat(store.keys.bootstrap(Optional.of(WANTED))).isEmpty();
    }
    assertThat(store.projectOf(WANTED)).isPresent().isEqualTo(store.projectOf(made));
    assertThat(store.count("api_keys")).isEqualTo(2);
  }

  @Test
  void makesFurtherKeysAndTheirProject() {
    String one = store.keys.create("blue");
    String two = store.keys.create("blue");
    String other = store.keys.create("red");
    assertThat(one).startsWith("rb_sk_").hasSize(6 + 43).isNotEqualTo(two);
    assertThat(store.projectOf(one))
        .isPresent()
        .isEqualTo(store.projectOf(two))
        .isNotEqualTo(store.projectOf(other));
  }

  @Test
  void aKeyThatIsSetEndsTheOneThatWasSetBefore() {
    store.keys.bootstrap(Optional.of(WANTED));
    String made = store.keys.create(Projects.FIRST);
    store.keys.bootstrap(Optional.of(made));
    assertThat(store.projectOf(WANTED)).isEmpty();
    assertThat(store.projectOf(made)).isPresent();
    // Ringback had made it; but it was the setting's, and the setting has another now.
    store.keys.bootstrap(Optional.of(WANTED));
    assertThat(store.projectOf(made)).isEmpty();
    assertThat(store.projectOf(WANTED)).isPresent();
  }

  @Test
  void aKeyThatIsNoLongerSetStays() {
    store.keys.bootstrap(Optional.of(WANTED));
    store.keys.bootstrap(Optional.empty());
    assertThat(store.projectOf(WANTED)).isPresent();
  }

  @Test
  void listsKeysByProjectAndTime() throws Exception {
    forgetAll();
    store.keys.bootstrap(Optional.of(WANTED));
    String second = store.keys.create("blue");
    String third = store.keys.create("blue");
    String other = store.keys.create("azure");
    assertThat(store.keys.list())
        .extracting(StoredKey::project, StoredKey::name, StoredKey::bySetting)
        .containsExactly(
            tuple("azure", other.substring(0, 12), false),
            tuple("blue", second.substring(0, 12), false),
            tuple("blue", third.substring(0, 12), false),
            tuple("default", "rb_s...", true));
    assertThat(store.keys.list()).allSatisfy(key -> assertThat(key.lastUsedAt()).isEmpty());
  }

  @Test
  void endsTheKeyThatIsRevokedAndNoOther() {
    String key = store.keys.create("blue");
    String other = store.keys.create("blue");
    StoredKey stored = only(key);
    assertThat(store.keys.revoke(stored)).isTrue();
    assertThat(store.projectOf(key)).isEmpty();
    assertThat(store.projectOf(other)).isPresent();
    assertThat(store.keys.revoke(stored)).isFalse();
  }

  private StoredKey only(String key) {
    List<StoredKey> found =
        store.keys.list().stream().filter(stored -> stored.isMeantBy(key)).toList();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  /** As nodes of the version before do, which may run beside ours. */
  private String madeBefore() throws Exception {
    String key = "rb_sk_" + "Old-".repeat(10) + "key";
    store.execute(
        "insert into api_keys (hash, project_id, by_setting) values (sha256(?::bytea), ?, false)",
        key,
        store.project);
    return key;
  }

  @Test
  void aKeyFromBeforeIsNamedByItsHashUntilItIsUsed() throws Exception {
    String key = madeBefore();
    assertThat(store.projectOf(key)).contains(store.project);
    assertThat(only(key).name()).matches("sha256:[0-9a-f]{8}").isEqualTo(only(key).id());
    store.keys.noteUse(List.of(key));
    assertThat(only(key).name()).isEqualTo("rb_sk_Old-Ol");
    assertThat(only(key).id()).startsWith("sha256:");
  }

  @Test
  void aKeyFromBeforeIsNamedByItsBeginningOnceItIsSet() throws Exception {
    String key = madeBefore();
    store.keys.bootstrap(Optional.of(key));
    assertThat(only(key).name()).isEqualTo("rb_sk_Old-Ol");
  }

  private boolean isUseDue(String key) {
    return store.keys.find(List.of(key)).getFirst().orElseThrow().isUseDue();
  }

  private String lastUse(String key) throws Exception {
    return store.value("select last_used_at from api_keys where hash = sha256(?::bytea)", key);
  }

  private void setLastUse(String ago) throws Exception {
    store.execute("update api_keys set last_used_at = now() - ?::interval", ago);
  }

  @Test
  void notesAUseOnceAMinute() throws Exception {
    String key = store.keys.create("blue");
    assertThat(isUseDue(key)).isTrue();
    store.keys.noteUse(List.of(key, "rb_sk_unknown", key));
    assertThat(isUseDue(key)).isFalse();
    setLastUse("50 s");
    String before = lastUse(key);
    assertThat(isUseDue(key)).isFalse();
    store.keys.noteUse(List.of(key));
    assertThat(lastUse(key)).isEqualTo(before);
    setLastUse("61 s");
    assertThat(isUseDue(key)).isTrue();
    store.keys.noteUse(List.of(key));
    assertThat(isUseDue(key)).isFalse();
    assertThat(store.count("api_keys where last_used_at > now() - interval '10 s'")).isEqualTo(1);
  }

  @Test
  void waitsForNobodyToNoteAUse() throws Exception {
    String held = store.keys.create("blue");
    String free = store.keys.create("blue");
    try (var other = store.connect();
        var statement =
            other.prepareStatement("delete from api_keys where hash = sha256(?::bytea)")) {
      other.setAutoCommit(false);
      statement.setString(1, held);
      statement.execute();
      store.keys.noteUse(List.of(held, free));
      assertThat(isUseDue(free)).isFalse();
      other.rollback();
    }
    assertThat(isUseDue(held)).isTrue();
  }

  @Test
  void opensNothingToAnUnknownKey() {
    String key = store.keys.create("blue");
    assertThat(store.projectOf("")).isEmpty();
    assertThat(store.projectOf(key + "x")).isEmpty();
    assertThat(store.projectOf(key.substring(1))).isEmpty();
    assertThat(store.projectOf(key.toLowerCase(java.util.Locale.ROOT))).isEmpty();
  }

  @Test
  void keepsNoKeyInTheClear() throws Exception {
    String made = store.keys.create("blue");
    store.keys.bootstrap(Optional.of(WANTED));
    String rows =
        store.value(
            """
            select string_agg(k::text || convert_from(decode(encode(hash, 'hex'), 'escape'),
              'latin1') || p::text, '\n')
            from api_keys k join projects p on p.id = k.project_id
            """);
    assertThat(rows)
        .contains("blue", made.substring(0, 12))
        .doesNotContain(made.substring(0, 13), made.substring(12), "rb_sk_wanted", "wanted");
    assertThat(store.count("api_keys where length(hash) <> 32")).isZero();
  }
}
