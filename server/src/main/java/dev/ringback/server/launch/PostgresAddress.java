package dev.ringback.server.launch;

/** How to connect to the embedded PostgreSQL, which listens on this machine only. */
public record PostgresAddress(int port, String user, String password) {
  static final String DATABASE = "ringback";

  public String jdbcUrl() {
    return jdbcUrl(DATABASE);
  }

  String jdbcUrl(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, database);
  }

  /** Without the password, so that it gets into no log. */
  @Override
  public String toString() {
    return "%s (user %s)".formatted(jdbcUrl(), user);
  }
}
