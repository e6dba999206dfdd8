package dev.ringback.server.store.tenant;

import java.sql.Connection;
import java.sql.SQLException;

/** Projects, which keep tenants apart. */
public final class Projects {
  /** The project that is there from the first start on. */
  public static final String FIRST = "default";

  private Projects() {}

  /** Makes a project unless it is there; answers whether it was made. */
  static boolean insert(Connection connection, String name) throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "insert into projects (name) values (?) on conflict (name) do nothing")) {
      insert.setString(1, name);
      return insert.executeUpdate() == 1;
    }
  }
}
