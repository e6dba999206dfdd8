package dev.ringback.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class LifelineTest {
  private final Lifeline lifeline = new Lifeline(OutputStream.nullOutputStream());

  private void dies(Thread.Builder builder, Throwable cause) throws InterruptedException {
    builder
        .uncaughtExceptionHandler(lifeline)
        .start(() -> {
          LifelineTest.<RuntimeException>sneak(cause);
        })
        .join();
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable cause) throws T {
    throw (T) cause;
  }

  @Test
  void aThreadOfTheNodeIsMissed() throws Exception {
    assertThat(lifeline.isCut()).isFalse();
    dies(Thread.ofPlatform().name("claimer"), new IllegalStateException("unforeseen"));
    assertThat(lifeline.isCut()).isTrue();
    assertThat(lifeline.cut().toCompletableFuture())
        .isCompletedWithValue("the thread claimer has ended: the node stops.");
  }

  @Test
  void aThreadOfACallIsNotMissed() throws Exception {
    dies(Thread.ofVirtual().name("attempt"), new IllegalStateException("unforeseen"));
    dies(Thread.ofVirtual(), new StackOverflowError());
    assertThat(lifeline.isCut()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatEveryCallWouldMeetEndsTheNode(boolean virtual) throws Exception {
    dies(
        virtual ? Thread.ofVirtual() : Thread.ofPlatform().name("feed"),
        new NoClassDefFoundError("Gone"));
    assertThat(lifeline.isCut()).isTrue();
  }

  @Test
  void aPartThatHasEndedIsNamed() {
    lifeline.cut("Envoy");
    assertThat(lifeline.cut().toCompletableFuture())
        .isCompletedWithValue("Envoy has ended: the node stops.");
  }
}
