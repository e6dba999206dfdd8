package dev.ringback.server;

import dev.ringback.server.store.job.Upkeep;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does the upkeep at once and every hour, on a thread of its own, until it is closed. */
final class UpkeepThread implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(UpkeepThread.class);

  private final Upkeep upkeep;
  private final Thread thread;

  UpkeepThread(Upkeep upkeep) {
    this.upkeep = upkeep;
    this.thread = Thread.ofPlatform().name("upkeep").daemon().start(this::everyHour);
  }

  private void everyHour() {
    try {
      while (true) {
        try {
          upkeep.run();
        } catch (RuntimeException e) {
          // Tried again in an hour; partitions are made days ahead.
          log.atWarn().setCause(e).log("upkeep failed");
        }
        TimeUnit.HOURS.sleep(1);
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
