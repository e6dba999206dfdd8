package dev.ringback.server.store.tenant;

import dev.ringback.server.store.db.Database;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

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
   * Makes the first project unless it is there.
   *
   * @param wanted the key that the setting names; one that was set before no longer opens the
   *     project. Without a setting a key is made, at the very first start only
   * @return the key that was made, to be shown this once
   */
  public Optional<String> bootstrap(Optional<String> wanted) {
    return database.transact(connection -> {
      boolean isNew = insertProject(connection, FIRST);
      Optional<String> made = isNew && wanted.isEmpty() ? Optional.of(newKey()) : Optional.empty();
      Optional<String> key = wanted.or(() -> made);
      if (wanted.isPresent()) {
        dropSetKeys(connection, wanted.get());
      }
      if (key.isPresent()) {
        insertKey(connection, FIRST, key.get(), wanted.isPresent());
      }
      return made;
    });
  }

  /** Makes a further key for a project, and the project if it is missing. */
  public String createKey(String project) {
    return database.transact(connection -> {
      insertProject(connection, project);
      String key = newKey();
      insertKey(connection, project, key, false);
      return key;
    });
  }

  /**
   * Refuses when keys can't be looked up.
   *
   * @throws dev.ringback.server.store.db.Unavailable soon, when the database is known to be away
   */
  public void require() {
    database.require();
  }

  /** The projects that keys open: for each key in order, empty where it opens none. */
  public List<Optional<Integer>> projectsOf(List<String> keys) {
    byte[][] hashes = keys.stream().map(Projects::hash).toArray(byte[][]::new);
    Map<ByteBuffer, Integer> found =
        database.run(connection -> {
          try (var select =
              connection.prepareStatement(
                  "select hash, project_id from api_keys where hash = any (?)")) {
            select.setArray(1, connection.createArrayOf("bytea", hashes));
            Map<ByteBuffer, Integer> projects = new HashMap<>();
            try (var rows = select.executeQuery()) {
              while (rows.next()) {
                projects.put(ByteBuffer.wrap(rows.getBytes(1)), rows.getInt(2));
              }
            }
            return projects;
          }
        });
    return Stream.of(hashes)
        .map(hash -> Optional.ofNullable(found.get(ByteBuffer.wrap(hash))))
        .toList();
  }

  private static boolean insertProject(Connection connection, String name) throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "insert into projects (name) values (?) on conflict (name) do nothing")) {
      insert.setString(1, name);
      return insert.executeUpdate() == 1;
    }
  }

  /** Drops the keys of earlier settings, but not the one that is set now. */
  private static void dropSetKeys(Connection connection, String now) throws SQLException {
    try (var delete =
        connection.prepareStatement("delete from api_keys where by_setting and hash <> ?")) {
      delete.setBytes(1, hash(now));
      delete.executeUpdate();
    }
  }

  private static void insertKey(
      Connection connection, String project, String key, boolean bySetting) throws SQLException {
    try (var insert =
        connection.prepareStatement(
            """
            insert into api_keys (hash, project_id, by_setting)
            select ?, id, ? from projects where name = ?
            on conflict (hash) do nothing
            """)) {
      insert.setBytes(1, hash(key));
      insert.setBoolean(2, bySetting);
      insert.setString(3, project);
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
