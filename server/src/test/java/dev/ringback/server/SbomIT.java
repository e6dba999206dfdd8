package dev.ringback.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The list of what is in the server's jar, against the jar. */
class SbomIT {
  private static final Path JAR = Path.of("target/ringback.jar");
  private static final Path OWN = Path.of("target/classes");

  /** The jars of the test's class path, which has more than the server's, by their names. */
  private final Map<String, Path> jars =
      Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
          .map(Path::of)
          .filter(path -> path.toString().endsWith(".jar"))
          .collect(Collectors.toMap(path -> path.getFileName().toString(), path -> path));

  @Test
  void listsEveryJarThatIsInTheServersJarAndNoOther() throws Exception {
    Set<String> unlisted = new HashSet<>();
    JsonNode list;
    try (JarFile jar = new JarFile(JAR.toFile());
        InputStream in = jar.getInputStream(jar.getEntry("META-INF/sbom/ringback.cdx.json"))) {
      list = new JsonMapper().readTree(in);
      unlisted.addAll(content(jar));
    }
    unlisted.removeIf(entry -> Files.exists(OWN.resolve(entry)));
    assertThat(unlisted).isNotEmpty();

    Map<String, Set<String>> listed = new HashMap<>();
    for (JsonNode component : list.path("components")) {
      String name = component.path("name").asString() + "-" + component.path("version").asString();
      assertThat(jars).as("of the list").containsKey(name + ".jar");
      Path file = Objects.requireNonNull(jars.get(name + ".jar"));
      assertThat(component.path("hashes").valueStream())
          .as(name)
          .anyMatch(hash -> hash.path("content").asString().equals(sha256(file)));
      try (JarFile jar = new JarFile(file.toFile())) {
        listed.put(name, content(jar));
      }
    }

    Set<String> inTheJar = Set.copyOf(unlisted);
    listed.forEach((name, content) -> {
      unlisted.removeAll(content);
      assertThat(inTheJar).as("%s is listed, and so in the jar", name).containsAll(content);
    });
    assertThat(unlisted).as("in the jar, but of no jar that is listed").isEmpty();
  }

  /** All but what jars say of themselves, which is merged or left out. */
  private static Set<String> content(JarFile jar) {
    return jar.stream()
        .filter(entry -> !entry.isDirectory())
        .map(entry -> entry.getName())
        .filter(name -> !name.startsWith("META-INF/") && !name.endsWith("module-info.class"))
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static String sha256(Path file) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
