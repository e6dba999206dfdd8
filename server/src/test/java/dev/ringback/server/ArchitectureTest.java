package dev.ringback.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.AndFullName.Predicates.fullNameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.ringback.server.api.GrpcServer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which room may know what. */
class ArchitectureTest {
  private static final String ROOT = "dev.ringback.server";
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

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

  /**
   * {@code api → watch → store → refusal → job} and {@code engine → store → job}; only the root
   * knows all. The engine knows no refusals: it has no caller.
   */
  @ParameterizedTest
  @CsvSource({
    "job, ''",
    "refusal, job",
    "store, refusal job",
    "engine, store job",
    "watch, store refusal job",
    "api, watch store refusal job",
    "ops, ''",
    "launch, ''"
  })
  void roomsKnowEachOtherOneWay(String room, String others) {
    String[] known =
        Stream.concat(Stream.of(room), Arrays.stream(others.split(" ")).filter(o -> !o.isEmpty()))
            .map(ArchitectureTest::room)
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage(room(room))
        .should()
        .onlyDependOnClassesThat(resideOutsideOfPackage(ROOT + "..").or(resideInAnyPackage(known)))
        .check(CLASSES);
  }

  /** Within the door, too: what is called knows what calls have in common, not the server. */
  @ParameterizedTest
  @CsvSource({
    "read, ''",
    "message, ''",
    "call, read",
    "watch, call message read",
    "job, watch call message read",
    "tenant, call message read",
  })
  void roomsOfTheDoorKnowEachOtherOneWay(String room, String others) {
    String[] known =
        Stream.concat(Stream.of(room), Arrays.stream(others.split(" ")).filter(o -> !o.isEmpty()))
            .map(name -> room("api." + name))
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage(room("api." + room))
        .should()
        .onlyDependOnClassesThat(resideOutsideOfPackage(room("api")).or(resideInAnyPackage(known)))
        .check(CLASSES);
  }

  @Test
  void everyRoomIsNamedAbove() {
    classes()
        .should()
        .resideInAnyPackage(
            ROOT,
            room("job"),
            room("refusal"),
            room("store"),
            room("engine"),
            room("watch"),
            room("api"),
            room("ops"),
            room("launch"))
        .check(CLASSES);
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
}
