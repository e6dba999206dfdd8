package dev.ringback.server.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ringback.server.Await;
import dev.ringback.server.Size;
import dev.ringback.server.launch.OwnPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk that is full under PostgreSQL: creates are refused, and all goes on once there is room.
 * Needs a machine that lets its users mount; {@code DatabaseTest} has what follows from the error
 * everywhere.
 */
class DiskFullIT {
  private static final int DISK_MB = 200;
  private static final int REFUSALS = Size.of(20, 1_000);
  private static final Duration HEALED = Duration.ofSeconds(15);

  @TempDir private Path folder;

  @Test
  void refusesWhileTheDiskIsFullAndLosesNothing() throws Exception {
    var started = OwnPostgres.startOnSmallDisk(folder, DISK_MB);
    assumeTrue(started.isPresent(), "no small disk can be mounted here");
    Map<String, String> settings = Map.of("RINGBACK_DATABASE_URL", started.get().url());
    try (var postgres = started.get();
        var target = new CallbackTarget();
        var node = RingbackNode.start(folder.resolve("node"), settings);
        var client = node.client();
        var rest = new Rest(node.base(), RingbackNode.KEY);
        var load =
            new Load(
                target,
                List.of(
                    Load.grpc(client), Load.rest(rest), Load.grpc(client), Load.grpc(client)))) {
      Await.until("jobs are called", () -> target.hits().size() > 50);
      try (Connection database = postgres.connect()) {
        String ballast = "'" + postgres.folder().resolve("ballast") + "'";
        fill(database, ballast);
        Await.until(
            "creates are refused", Duration.ofSeconds(60), () -> load.refused() >= REFUSALS);
        database.createStatement().execute("copy (select where false) to " + ballast);
        int created = load.created();
        int hits = target.hits().size();
        long room = System.nanoTime();
        Await.until(
            "creates are answered and calls made again",
            HEALED,
            () -> load.created() > created + 20 && target.hits().size() > hits + 20);
        long healed = System.nanoTime();
        Set<String> acknowledged = load.stop();
        Books books = Books.closed(database, HEALED);
        System.out.printf(
            "disk full: %,d jobs, %,d refused, the longest create %.1f s, healed after %.1f s%n",
            acknowledged.size(),
            load.refused(),
            load.longest().toMillis() / 1e3,
            (healed - room) / 1e9);
        books.agreeWith(acknowledged, target.hits());
        assertThat(load.faults()).isEmpty();
      }
    }
  }

  /** Writes a file of PostgreSQL's until there is no room for another byte. */
  private static void fill(Connection database, String ballast) throws Exception {
    try (var statement = database.createStatement()) {
      var full =
          catchThrowableOfType(
              SQLException.class,
              () ->
                  statement.execute(
                      "copy (select repeat('x', 1000) from generate_series(1, 1000000)) to "
                          + ballast));
      assertThat(full.getSQLState()).isEqualTo("53100");
    }
  }
}
