package dev.ringback.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ringback.server.launch.LaunchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirTest {
  @TempDir private Path temp;

  @Test
  void isMadeForItsOwnerAlone() throws IOException {
    DataDir dir = new DataDir(temp.resolve("a/b"));
    dir.create();
    dir.create();
    assertThat(permissions(dir.path())).isEqualTo("rwx------");
    assertThat(permissions(temp.resolve("a"))).isEqualTo("rwx------");
  }

  @Test
  void mayBeAFolderThatIsThere() throws IOException {
    Path link = Files.createSymbolicLink(temp.resolve("link"), Files.createDirectory(there()));
    new DataDir(link).create();
    assertThat(link).isDirectory();
  }

  @Test
  void isClosedToOthers() throws IOException {
    Files.createDirectory(there());
    Files.setPosixFilePermissions(there(), PosixFilePermissions.fromString("rwxr-xr-x"));
    new DataDir(there()).create();
    assertThat(permissions(there())).isEqualTo("rwx------");
  }

  @Test
  void isNoFile() throws IOException {
    Files.writeString(there(), "");
    assertThatExceptionOfType(LaunchException.class)
        .isThrownBy(() -> new DataDir(there()).create())
        .withMessage("RINGBACK_DATA_DIR is not a folder: " + there());
  }

  @Test
  void saysWhyItCanNotBeMade() throws IOException {
    Files.writeString(there(), "");
    Path below = there().resolve("below");
    assertThatExceptionOfType(LaunchException.class)
        .isThrownBy(() -> new DataDir(below).create())
        .withMessage("RINGBACK_DATA_DIR can't be made: " + below + ": Not a directory");
  }

  @Test
  void itsPathIsWholeWhereverItIsReadFrom() {
    assertThat(new DataDir(Path.of("a/../b")).path())
        .isEqualTo(Path.of("b").toAbsolutePath().normalize());
  }

  @Test
  void keepsEachKeyInAFileOfItsOwnForItsOwnerAlone() throws IOException {
    DataDir dir = new DataDir(temp);
    for (int i = 1; i <= 11; i++) {
      Path file = dir.keepKey("rb_sk_" + i);
      assertThat(file).isEqualTo(temp.resolve(i == 1 ? "api-key" : "api-key-" + i));
      assertThat(permissions(file)).isEqualTo("rw-------");
    }
    for (int i = 1; i <= 11; i++) {
      assertThat(temp.resolve(i == 1 ? "api-key" : "api-key-" + i)).hasContent("rb_sk_" + i + "\n");
    }
    assertThat(dir.keptKeys().sequencedValues())
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 11).mapToObj(i -> "rb_sk_" + i).toList());
  }

  @Test
  void twoNodesNeverKeepTheirKeysInOneFile() throws Exception {
    DataDir dir = new DataDir(temp);
    int nodes = 8;
    var together = new CyclicBarrier(nodes);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Path>> starts =
          IntStream.range(0, nodes)
              .mapToObj(i ->
                  (Callable<Path>)
                      () -> {
                        together.await();
                        return dir.keepKey("rb_sk_" + i);
                      })
              .toList();
      for (var start : threads.invokeAll(starts)) {
        start.get();
      }
    }
    assertThat(dir.keptKeys().values())
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, nodes).mapToObj(i -> "rb_sk_" + i).toList());
  }

  @Test
  void looksForKeysInFilesThatMayHoldOne() throws IOException {
    Files.createDirectory(temp.resolve("api-key"));
    Files.writeString(temp.resolve("api-key-2"), "x".repeat(1_001));
    Files.write(temp.resolve("api-key-3"), new byte[] {(byte) 0xff});
    Files.writeString(temp.resolve("api-key-billing"), "rb_sk_1\n");
    Files.writeString(temp.resolve("ringback.pid"), "12\n");
    assertThat(new DataDir(temp).keptKeys().sequencedKeySet())
        .containsExactly(temp.resolve("api-key-3"), temp.resolve("api-key-billing"));
  }

  @Test
  void tellsTheProcessIdWhileItRuns() throws Exception {
    DataDir dir = new DataDir(temp);
    AutoCloseable announced = dir.announce(12);
    assertThat(pidFile()).hasContent("12\n");
    announced.close();
    assertThat(pidFile()).doesNotExist();
    announced.close();
  }

  @Test
  void leavesTheProcessIdOfAnotherNode() throws Exception {
    DataDir dir = new DataDir(temp);
    AutoCloseable first = dir.announce(12);
    AutoCloseable second = dir.announce(123);
    first.close();
    assertThat(pidFile()).hasContent("123\n");
    second.close();
    assertThat(pidFile()).doesNotExist();
  }

  private Path there() {
    return temp.resolve("there");
  }

  private Path pidFile() {
    return temp.resolve("ringback.pid");
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
