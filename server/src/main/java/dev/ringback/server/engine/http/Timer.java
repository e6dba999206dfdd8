package dev.ringback.server.engine.http;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.jspecify.annotations.Nullable;

/**
 * Cuts calls whose deadline is up. A task that fails kills the timer's thread, so that somebody
 * hears of it: the JDK's timer would keep it to itself and never run that task again.
 *
 * <p>Thread-safe.
 */
final class Timer extends ScheduledThreadPoolExecutor {
  Timer() {
    super(1, Thread.ofPlatform().name("call-deadlines").daemon().factory());
    setRemoveOnCancelPolicy(true);
  }

  @Override
  protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
    super.afterExecute(task, thrown);
    if (task instanceof Future<?> future && future.state() == Future.State.FAILED) {
      switch (future.exceptionNow()) {
        case Error error -> throw error;
        case Throwable failure -> throw new IllegalStateException("a timer's task failed", failure);
      }
    }
  }
}
