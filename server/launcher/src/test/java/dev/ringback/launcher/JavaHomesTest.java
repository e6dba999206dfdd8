package dev.ringback.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JavaHomesTest {
  @TempDir private Path machine;

  private Path home(String name, String version) throws IOException {
    Path home = machine.resolve(name);
    Path java = home.resolve("bin/java");
    Files.createDirectories(java.getParent());
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    assertThat(Files.createFile(java).toFile().setExecutable(true)).isTrue();
    return java;
  }

  private JavaHomes homes(Map<String, String> environment) {
    return new JavaHomes(environment, List.of(machine.resolve("jvm"), machine.resolve("none")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"25", "25.0.1", "25-ea", "25+36", "26.0.2"})
  void findsOneThatIsNewEnough(String version) throws IOException {
    home("jvm/a-17", "17.0.12");
    Path found = home("jvm/b", version);
    assertThat(homes(Map.of()).find(25)).contains(found);
  }

  @ParameterizedTest
  @ValueSource(strings = {"17.0.12", "9", "1.8.0_402", "x", ""})
  void takesNoneThatIsOlder(String version) throws IOException {
    home("jvm/b", version);
    assertThat(homes(Map.of()).find(25)).isEmpty();
  }

  @Test
  void takesTheNamedOneFirstThenThatOfThePath() throws IOException {
    home("jvm/here", "25");
    Path named = home("named", "25");
    Path linked = home("linked", "26");
    Path bin = Files.createDirectory(machine.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("java"), linked);
    Map<String, String> path = Map.of("PATH", "/nowhere:" + bin);
    assertThat(homes(path).find(25)).contains(linked.toRealPath());
    assertThat(
            homes(Map.of("PATH", bin.toString(), "JAVA_HOME", machine.resolve("named").toString()))
                .find(25))
        .contains(named);
  }

  @Test
  void goesOnWhereTheNamedOneIsTooOldOrNone() throws IOException {
    Path found = home("jvm/mac/Contents/Home", "25");
    home("old", "17");
    Files.createDirectory(machine.resolve("jvm/empty"));
    for (String named : List.of("old", "missing")) {
      assertThat(homes(Map.of("JAVA_HOME", machine.resolve(named).toString())).find(25))
          .contains(found);
    }
  }
}
