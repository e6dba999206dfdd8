package dev.ringback.server.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Base64;
import java.util.Optional;

/**
 * Projects, which keep tenants apart, and the API keys that open them. Keys are stored as hashes.
 *
 * <p>Thread-safe.
 */
public final class Projects {
  /** The project that is there from the first start on. */
  public static final String FIRST = "default";

  private static final int KEY_BYTES = 32;

  private final Database database;
  private final SecureRandom random = new SecureRandom();

  public Projects(Database database) {
    this.database = database;
  }

  /**
   * Sees to it that the first project is there.
   *
   * @param wanted a key that it must have; without one a key is made, at the very first start only
   * @return the key that was made, to be shown this once
   */
  public Optional<String> bootstrap(Optional<String> wanted) {
    return database.transact(connection -> {
      boolean isNew = insertProject(connection, FIRST);
      Optional<String> made = isNew && wanted.isEmpty() ? Optional.of(newKey()) : Optional.empty();
      Optional<String> key = wanted.or(() -> made);
      if (key.isPresent()) {
        insertKey(connection, FIRST, key.get());
      }
      return made;
    });
  }

  /** Makes a further key for a project, and the project if it is missing. */
  public String createKey(String project) {
    return database.transact(connection -> {
      insertProject(connection, project);
      String key = newKey();
      insertKey(connection, project, key);
      return key;
    });
  }

  /** The project that a key opens. */
  public Optional<Integer> projectOf(String key) {
    return database.run(connection -> {
      try (var select =
          connection.prepareStatement("select project_id from api_keys where hash = ?")) {
        select.setBytes(1, hash(key));
        try (var rows = select.executeQuery()) {
          return rows.next() ? Optional.of(rows.getInt(1)) : Optional.empty();
        }
      }
    });
  }

  private static boolean insertProject(Connection connection, String name) throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "insert into projects (name) values (?) on conflict (name) do nothing")) {
      insert.setString(1, name);
      return insert.executeUpdate() == 1;
    }
  }

  private static void insertKey(Connection connection, String project, String key)
      throws SQLException {
    try (var insert =
        connection.prepareStatement(
            """
            insert into api_keys (hash, project_id) select ?, id from projects where name = ?
            on conflict (hash) do nothing
            """)) {
      insert.setBytes(1, hash(key));
      insert.setString(2, project);
      insert.executeUpdate();
    }
  }

  private String newKey() {
    byte[] bytes = new byte[KEY_BYTES];
    random.nextBytes(bytes);
    return "rb_sk_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static byte[] hash(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
