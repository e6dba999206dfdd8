package dev.ringback.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ringback.server.launch.LaunchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
  void keepsTheNewestKeyForItsOwnerAlone() throws IOException {
    DataDir dir = new DataDir(temp);
    dir.keepKey("rb_sk_1");
    dir.keepKey("rb_sk_2");
    assertThat(dir.keyFile()).hasContent("rb_sk_2\n");
    assertThat(permissions(dir.keyFile())).isEqualTo("rw-------");
    assertThat(temp).isDirectoryContaining(dir.keyFile()::equals);
    try (var files = Files.list(temp)) {
      assertThat(files).hasSize(1);
    }
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
