package dev.ringback.server.launch;

import java.nio.file.Path;

/** Starts the embedded PostgreSQL of a folder, writes a row, and stays. */
final class EmbeddedPostgresHolder {
  private EmbeddedPostgresHolder() {}

  public static void main(String[] args) throws Exception {
    EmbeddedPostgres postgres = EmbeddedPostgres.start(Path.of(args[0]));
    EmbeddedPostgresTest.execute(postgres.address(), "create table note (word text)");
    EmbeddedPostgresTest.execute(postgres.address(), "insert into note values ('kept')");
    OtherJvm.hold(postgres.address().port());
  }
}
