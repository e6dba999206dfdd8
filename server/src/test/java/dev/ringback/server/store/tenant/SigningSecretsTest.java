package dev.ringback.server.store.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.job.SigningSecret;
import dev.ringback.server.refusal.Conflict.TooManySigningSecrets;
import dev.ringback.server.store.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SigningSecretsTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final SigningSecrets secrets = store.signingSecrets;
  private final int project = store.project("one");

  private SigningSecret rotate(Duration overlap) {
    return secrets.rotate(project, overlap, Optional.empty());
  }

  private List<String> texts() {
    return secrets.list(project).stream().map(SigningSecret::text).toList();
  }

  @Test
  void aProjectHasOneOfItsOwn() {
    List<String> first = texts();
    assertThat(first).hasSize(1).isEqualTo(texts());
    assertThat(secrets.list(project).getFirst().key()).hasSize(32);
    assertThat(secrets.list(store.project("two")).getFirst().text()).isNotEqualTo(first.getFirst());
  }

  /** Of many threads at once, by a connection each. */
  private static <T> List<T> atOnce(int threads, Callable<T> call) throws Exception {
    CyclicBarrier start = new CyclicBarrier(threads);
    List<T> results = new ArrayList<>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        futures.add(
            executor.submit(() -> {
              start.await();
              return call.call();
            }));
      }
      for (Future<T> future : futures) {
        results.add(future.get());
      }
    }
    return results;
  }

  @Test
  void isMadeOnceWhoeverAsksFirst() throws Exception {
    for (int round = 0; round < 20; round++) {
      int fresh = store.project("fresh " + round);
      assertThat(atOnce(4, () -> secrets.list(fresh).getFirst().text()).stream().distinct())
          .hasSize(1);
    }
  }

  @Test
  void rotationsAtOnceFollowOneAnother() throws Exception {
    for (int round = 0; round < 20; round++) {
      int fresh = store.project("fresh " + round);
      String first = secrets.list(fresh).getFirst().text();
      List<String> made = atOnce(4, () -> secrets.rotate(fresh, HOUR, Optional.empty()).text());
      List<String> all = secrets.list(fresh).stream().map(SigningSecret::text).toList();
      assertThat(all).hasSize(5).containsAll(made).endsWith(first);
    }
  }

  @Test
  void aRotationLeavesBothForTheOverlap() {
    String before = texts().getFirst();
    SigningSecret made = rotate(HOUR);
    List<SigningSecret> now = secrets.list(project);
    assertThat(now).extracting(SigningSecret::text).containsExactly(made.text(), before);
    assertThat(now.getFirst().expiresAt()).isEmpty();
    assertThat(
            Duration.between(now.getFirst().createdAt(), now.getLast().expiresAt().orElseThrow()))
        .isBetween(HOUR.minusSeconds(10), HOUR);
  }

  @Test
  void whatHasExpiredSignsNoMore() throws Exception {
    rotate(HOUR);
    store.execute("update signing_secrets set expires_at = now() where expires_at is not null");
    assertThat(texts()).hasSize(1);
  }

  @Test
  void noOverlapEndsAllBeforeIt() {
    rotate(HOUR);
    rotate(HOUR);
    assertThat(texts()).hasSize(3);
    SigningSecret made = rotate(Duration.ZERO);
    assertThat(texts()).containsExactly(made.text());
  }

  @Test
  void aRotationLetsNoneSignLonger() {
    rotate(HOUR);
    var soonest = secrets.list(project).getLast().expiresAt();
    rotate(Duration.ofHours(5));
    assertThat(secrets.list(project).getLast().expiresAt()).isEqualTo(soonest);
  }

  @Test
  void theSameKeyAgainChangesNothing() {
    byte[] key = new byte[24];
    SigningSecret first = secrets.rotate(project, HOUR, Optional.of(key));
    List<String> before = texts();
    SigningSecret again = secrets.rotate(project, Duration.ZERO, Optional.of(key));
    assertThat(again.createdAt()).isEqualTo(first.createdAt());
    assertThat(texts()).isEqualTo(before).hasSize(2);
  }

  @Test
  void aKeyOfBeforeMayComeBack() {
    byte[] key = secrets.list(project).getFirst().key();
    SigningSecret between = rotate(HOUR);
    SigningSecret back = secrets.rotate(project, HOUR, Optional.of(key));
    assertThat(Arrays.equals(back.key(), key)).isTrue();
    assertThat(texts()).containsExactly(back.text(), between.text());
  }

  @Test
  void fiveSignAtMost() {
    for (int i = 1; i < SigningSecret.MOST; i++) {
      rotate(HOUR);
    }
    List<String> five = texts();
    assertThat(five).hasSize(SigningSecret.MOST);
    assertThatThrownBy(() -> rotate(HOUR)).isInstanceOf(TooManySigningSecrets.class);
    assertThat(texts()).as("nothing was changed").isEqualTo(five);
    assertThat(secrets.list(store.project("two"))).hasSize(1);
  }
}
