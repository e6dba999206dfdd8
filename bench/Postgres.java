import dev.ringback.server.launch.EmbeddedPostgres;
import dev.ringback.server.launch.PostgresAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The PostgreSQL that Ringback embeds, in a FOLDER, for all systems of the benchmark; or one that
 * runs already, at PORT USER PASSWORD. Prints port, user and password, then answers statements:
 * {@code DATABASE tab SQL} on one line, {@code ok tab FIRST ROW} or {@code error tab MESSAGE} back.
 * Stops the server that it started when its input ends.
 */
final class Postgres {
  private Postgres() {}

  public static void main(String[] args) throws Exception {
    if (args.length == 3) {
      answer(new PostgresAddress(Integer.parseInt(args[0]), args[1], args[2]));
      return;
    }
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(Path.of(args[0]))) {
      answer(postgres.address());
    }
  }

  private static void answer(PostgresAddress address) throws IOException {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      System.out.println(address.port() + "\t" + address.user() + "\t" + address.password());
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] parts = line.split("\t", 2);
        String url = "jdbc:postgresql://127.0.0.1:%d/%s".formatted(address.port(), parts[0]);
        try (Connection connection =
                DriverManager.getConnection(url, address.user(), address.password());
            Statement statement = connection.createStatement()) {
          System.out.println("ok\t" + firstRow(statement, parts[1]));
        } catch (SQLException e) {
          System.out.println("error\t" + String.valueOf(e.getMessage()).replaceAll("\\s+", " "));
        }
      }
    }
  }

  private static String firstRow(Statement statement, String sql) throws SQLException {
    if (!statement.execute(sql)) {
      return "";
    }
    try (ResultSet rows = statement.getResultSet()) {
      List<String> values = new ArrayList<>();
      if (rows.next()) {
        for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
          values.add(String.valueOf(rows.getString(column)));
        }
      }
      return String.join("|", values);
    }
  }
}
