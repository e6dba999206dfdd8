package dev.ringback.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Between Java's values and PostgreSQL's: arrays for {@code unnest}, times, and header maps.
 *
 * <p>Batches go to PostgreSQL as one array a column, so that the statement's text, and with it its
 * plan, is the same for every size of batch.
 */
final class Columns {
  private static final JsonMapper JSON = new JsonMapper();
  private static final TypeReference<LinkedHashMap<String, String>> HEADERS =
      new TypeReference<>() {};

  private Columns() {}

  /** Sets a statement's array parameters in order, from the rows of a batch. */
  static final class Binder<T> {
    private final Connection connection;
    private final PreparedStatement statement;
    private final List<T> rows;
    private int parameter;

    Binder(Connection connection, PreparedStatement statement, List<T> rows, int first) {
      this.connection = connection;
      this.statement = statement;
      this.rows = rows;
      this.parameter = first;
    }

    /** Sets the next parameter to one id of each row. */
    Binder<T> uuids(Function<T, @Nullable UUID> value) throws SQLException {
      statement.setObject(parameter++, BinaryArray.uuids(rows, value));
      return this;
    }

    /** Sets the next parameter to one time of each row. */
    Binder<T> times(Function<T, @Nullable Instant> value) throws SQLException {
      statement.setObject(parameter++, BinaryArray.times(rows, value));
      return this;
    }

    /** Sets the next parameter to one value of each row. */
    Binder<T> column(String type, Function<T, @Nullable Object> value) throws SQLException {
      // Arrays of these classes the driver sends in binary, all others as text.
      int size = rows.size();
      @Nullable Object[] values =
          switch (type) {
            case "int2" -> new Short[size];
            case "int4" -> new Integer[size];
            case "int8" -> new Long[size];
            case "text" -> new String[size];
            case "bytea" -> new byte[size][];
            default -> new Object[size];
          };
      for (int i = 0; i < size; i++) {
        values[i] = value.apply(rows.get(i));
      }
      statement.setArray(parameter++, connection.createArrayOf(type, values));
      return this;
    }
  }

  static @Nullable OffsetDateTime time(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }

  /** To the microsecond, which is all that PostgreSQL keeps. */
  static Instant micros(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MICROS);
  }

  static Instant instant(ResultSet rows, String column) throws SQLException {
    return rows.getObject(column, OffsetDateTime.class).toInstant();
  }

  static Optional<Instant> optionalInstant(ResultSet rows, String column) throws SQLException {
    return Optional.ofNullable(rows.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }

  static Optional<Duration> optionalMillis(ResultSet rows, String column) throws SQLException {
    long millis = rows.getLong(column);
    return rows.wasNull() ? Optional.empty() : Optional.of(Duration.ofMillis(millis));
  }

  /** A header or label map as JSON text, in its order. */
  static String json(Map<String, String> map) {
    return map.isEmpty() ? "{}" : JSON.writeValueAsString(map);
  }

  static Map<String, String> map(@Nullable String json) {
    return json == null || json.equals("{}") ? Map.of() : JSON.readValue(json, HEADERS);
  }

  /** Text as PostgreSQL takes it: without NUL, which it can't hold. */
  static String text(String text) {
    return text.replace("\0", "");
  }
}
