import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import org.flywaydb.core.Flyway;
import org.jooq.codegen.GenerationTool;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.Generate;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Target;

/**
 * Writes jOOQ's classes for the schema that the migrations make. Run by the build: MIGRATIONS OUTPUT.
 * Does nothing while neither the migrations nor this file have changed.
 */
void main(String[] args) throws Exception {
  Path migrations = Path.of(args[0]);
  Path output = Path.of(args[1]);
  Path stamp = output.resolve(".stamp");
  String inputs = hash(migrations);
  if (Files.exists(stamp) && Files.readString(stamp).equals(inputs)) {
    return;
  }
  try (var postgres = EmbeddedPostgres.builder().setPGStartupWait(Duration.ofSeconds(60)).start()) {
    String url = postgres.getJdbcUrl("postgres", "postgres");
    Flyway.configure()
        .dataSource(url, "postgres", "")
        .schemas("ringback")
        .locations("filesystem:" + migrations)
        .load()
        .migrate();
    GenerationTool.generate(
        new Configuration()
            .withJdbc(new Jdbc().withDriver("org.postgresql.Driver").withUrl(url).withUser("postgres"))
            .withGenerator(
                new Generator()
                    .withDatabase(
                        new Database()
                            .withName("org.jooq.meta.postgres.PostgresDatabase")
                            .withInputSchema("ringback")
                            // The schema's name is the installation's choice.
                            .withOutputSchemaToDefault(true)
                            .withIncludes(".*")
                            .withExcludes("flyway.*|.*_p[0-9]+|.*_default"))
                    .withGenerate(new Generate().withRecords(false).withGlobalObjectReferences(true))
                    .withTarget(
                        new Target()
                            .withPackageName("dev.ringback.server.store.schema")
                            .withDirectory(output.toString())
                            .withClean(true))));
  }
  Files.writeString(stamp, inputs);
}

String hash(Path migrations) throws Exception {
  MessageDigest digest = MessageDigest.getInstance("SHA-256");
  try (var files = Files.list(migrations)) {
    for (Path file : files.sorted().toList()) {
      digest.update(file.getFileName().toString().getBytes());
      digest.update(Files.readAllBytes(file));
    }
  }
  digest.update(Files.readAllBytes(Path.of("src/build/GenerateJooq.java")));
  return HexFormat.of().formatHex(digest.digest());
}
