package dev.ringback.server.store.tenant;

import static org.assertj.core.api.Assertions.assertThat;

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

/** Projects and the keys that open them. */
@Timeout(30)
final class ProjectsTest {
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
          return store.projects.bootstrap(Optional.empty());
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
    assertThat(store.projects.bootstrap(Optional.empty())).isPresent();
    assertThat(store.projects.bootstrap(Optional.empty())).isEmpty();
    assertThat(store.count("api_keys")).isEqualTo(1);
  }

  @Test
  void takesTheKeyThatIsWantedAndShowsNone() throws Exception {
    forgetAll();
    assertThat(store.projects.bootstrap(Optional.of(WANTED))).isEmpty();
    assertThat(store.projectOf(WANTED)).isPresent();
    assertThat(store.count("api_keys")).isEqualTo(1);
  }

  @Test
  void addsAWantedKeyAtALaterStart() throws Exception {
    forgetAll();
    String made = store.projects.bootstrap(Optional.empty()).orElseThrow();
    for (int start = 0; start < 2; start++) {
      assertThat(store.projects.bootstrap(Optional.of(WANTED))).isEmpty();
    }
    assertThat(store.projectOf(WANTED)).isPresent().isEqualTo(store.projectOf(made));
    assertThat(store.count("api_keys")).isEqualTo(2);
  }

  @Test
  void makesFurtherKeysAndTheirProject() {
    String one = store.projects.createKey("blue");
    String two = store.projects.createKey("blue");
    String other = store.projects.createKey("red");
    assertThat(one).startsWith("rb_sk_").hasSize(6 + 43).isNotEqualTo(two);
    assertThat(store.projectOf(one))
        .isPresent()
        .isEqualTo(store.projectOf(two))
        .isNotEqualTo(store.projectOf(other));
  }

  @Test
  void opensNothingToAnUnknownKey() {
    String key = store.projects.createKey("blue");
    assertThat(store.projectOf("")).isEmpty();
    assertThat(store.projectOf(key + "x")).isEmpty();
    assertThat(store.projectOf(key.substring(1))).isEmpty();
    assertThat(store.projectOf(key.toLowerCase(java.util.Locale.ROOT))).isEmpty();
  }

  @Test
  void keepsNoKeyInTheClear() throws Exception {
    String made = store.projects.createKey("blue");
    store.projects.bootstrap(Optional.of(WANTED));
    String rows =
        store.value(
            """
            select string_agg(k::text || convert_from(decode(encode(hash, 'hex'), 'escape'),
              'latin1') || p::text, '\n')
            from api_keys k join projects p on p.id = k.project_id
            """);
    assertThat(rows).contains("blue").doesNotContain(made, made.substring(6), WANTED, "rb_sk_");
    assertThat(store.count("api_keys where length(hash) <> 32")).isZero();
  }
}
