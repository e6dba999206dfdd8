package dev.ringback.server;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.AndFullName.Predicates.fullNameMatching;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toUnmodifiableSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.ringback.server.api.GrpcServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

/** Which room may know what. */
class ArchitectureTest {
  private static final String ROOT = "dev.ringback.server";
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);
  private static final Set<String> ROOMS = rooms();

  /** A rule proves nothing about class files that can't be read: this one must be broken. */
  @Test
  void classFilesAreRead() {
    assertThat(CLASSES.contain(GrpcServer.class)).isTrue();
    assertThat(
            noClasses()
                .that()
                .resideInAPackage(room("api"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(room("store"))
                .evaluate(CLASSES)
                .hasViolation())
        .isTrue();
  }

  /** {@code rooms.csv} says which way; only the root knows all. */
  @ParameterizedTest
  @CsvFileSource(resources = "rooms.csv", useHeadersInDisplayName = true)
  void roomsKnowEachOtherOneWay(String room, String imports) {
    Set<String> known = new HashSet<>(Set.of(imports.split(" ")));
    known.add(room);
    classes()
        .that(areIn(Set.of(room)))
        .should()
        .onlyDependOnClassesThat(resideOutsideOfPackage(ROOT + "..").or(areIn(known)))
        .check(CLASSES);
  }

  @Test
  void everyRoomIsNamed() {
    classes().that().resideOutsideOfPackage(ROOT).should(be(areIn(ROOMS))).check(CLASSES);
  }

  @ParameterizedTest
  @CsvSource({
    "org.jooq.., store",
    "com.zaxxer.hikari.., store",
    "org.flywaydb.., store",
    "org.postgresql.., store",
    "java.sql.., store launch",
    "javax.sql.., store",
    "com.google.protobuf.., api",
    "com.google.rpc.., api",
    "com.google.api.., api",
    "dev.ringback.v1.., api",
    "io.grpc.., api",
    "java.nio.channels.., engine launch",
    "javax.net.ssl.., engine",
    "com.sun.net.httpserver.., ops",
  })
  void aLibraryIsKnownInItsRoomAlone(String library, String rooms) {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            Arrays.stream(rooms.split(" ")).map(ArchitectureTest::room).toArray(String[]::new))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(CLASSES);
  }

  @Test
  void theNounsNeedLittle() {
    classes()
        .that()
        .resideInAPackage(room("job"))
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage("java..", "org.jspecify..", room("job")))
        .check(CLASSES);
  }

  /** Streams in memory are no I/O, nor is a URI. */
  @Test
  void theNounsTouchNoOutsideWorld() {
    noClasses()
        .that()
        .resideInAPackage(room("job"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("java.net..", "java.nio.file..", "java.nio.channels..", "java.sql..")
                .and(not(fullNameMatching("java\\.net\\.URI(SyntaxException)?").forSubtype())))
        .orShould()
        .dependOnClassesThat()
        .haveNameMatching("java\\.io\\..*(File|Console|Print|Reader|Writer).*")
        .check(CLASSES);
  }

  @Test
  void aNameSaysWhatAClassIsFor() {
    noClasses().should().haveNameMatching(".*(Util|Helper|Manager|Impl)[^.]*").check(CLASSES);
  }

  /** What is due, planned and alive is judged by the database's clock: no other is read. */
  @Test
  void noOtherClockIsRead() {
    noClasses()
        .should()
        .callCodeUnitWhere(
            target(
                fullNameMatching(
                    "java\\.time\\..*\\.now\\(.*"
                        + "|java\\.time\\.(Clock|InstantSource)\\.(system|tick).*"
                        + "|java\\.lang\\.System\\.currentTimeMillis\\(.*"
                        + "|java\\.util\\.Date\\.<init>\\(\\)")))
        .check(CLASSES);
  }

  @Test
  void onlyMainTalksToTheTerminal() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(Main.class)
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
  }

  private static String room(String name) {
    return ROOT + "." + name + "..";
  }

  /** Classes of these rooms, without those of a room within that has a name of its own. */
  private static DescribedPredicate<JavaClass> areIn(Set<String> rooms) {
    return describe(
        "are in " + rooms,
        type ->
            ROOMS.stream()
                .filter(room -> (type.getPackageName() + ".").startsWith(ROOT + "." + room + "."))
                .max(Comparator.comparing(String::length))
                .filter(rooms::contains)
                .isPresent());
  }

  private static Set<String> rooms() {
    try (InputStream file = ArchitectureTest.class.getResourceAsStream("rooms.csv")) {
      return new String(file.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .skip(1)
          .map(line -> line.substring(0, line.indexOf(',')))
          .collect(toUnmodifiableSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
