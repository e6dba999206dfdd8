package dev.ringback.server.store.db;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a batch that goes to PostgreSQL as one array each, so that a statement's text, and
 * with it its plan, is the same for every size of batch. Each column is declared once: its name,
 * its type and how a row has it. From that come both the text and the parameters.
 *
 * <p>Immutable: each declaration makes another.
 *
 * @param <T> a row
 */
public final class Input<T> {
  private final List<Column<T>> columns;

  private record Column<T>(String name, String type, Setter<T> setter) {}

  @FunctionalInterface
  private interface Setter<T> {
    Object array(Connection connection, List<T> rows) throws SQLException;
  }

  private Input(List<Column<T>> columns) {
    this.columns = columns;
  }

  public static <T> Input<T> of() {
    return new Input<>(List.of());
  }

  public Input<T> uuid(String name, Function<T, @Nullable UUID> value) {
    return with(name, "uuid", (_, rows) -> BinaryArray.uuids(rows, value));
  }

  public Input<T> time(String name, Function<T, @Nullable Instant> value) {
    return with(name, "timestamptz", (_, rows) -> BinaryArray.times(rows, value));
  }

  public Input<T> int2(String name, Function<T, @Nullable Short> value) {
    return array(name, "int2", value, new Short[0]);
  }

  public Input<T> int4(String name, Function<T, @Nullable Integer> value) {
    return array(name, "int4", value, new Integer[0]);
  }

  public Input<T> int8(String name, Function<T, @Nullable Long> value) {
    return array(name, "int8", value, new Long[0]);
  }

  public Input<T> bool(String name, Function<T, @Nullable Boolean> value) {
    return array(name, "bool", value, new Boolean[0]);
  }

  public Input<T> text(String name, Function<T, @Nullable String> value) {
    return array(name, "text", value, new String[0]);
  }

  public Input<T> bytes(String name, Function<T, byte @Nullable []> value) {
    return array(name, "bytea", value, new byte[0][]);
  }

  /** The driver sends arrays of these classes in binary, all others as text. */
  private <V> Input<T> array(
      String name, String type, Function<T, ? extends @Nullable V> value, @Nullable V[] empty) {
    return with(
        name,
        type,
        (connection, rows) -> {
          @Nullable V[] values = Arrays.copyOf(empty, rows.size());
          for (int i = 0; i < values.length; i++) {
            values[i] = value.apply(rows.get(i));
          }
          return connection.createArrayOf(type, values);
        });
  }

  private Input<T> with(String name, String type, Setter<T> setter) {
    return new Input<>(
        Stream.concat(columns.stream(), Stream.of(new Column<>(name, type, setter))).toList());
  }

  /** The rows as an item of a {@code from}, under the name {@code i}. */
  public String rows() {
    return "unnest(%s) as i(%s)".formatted(parameters(), names());
  }

  private String parameters() {
    return columns.stream()
        .map(column -> "?::" + column.type() + "[]")
        .collect(Collectors.joining(", "));
  }

  private String names() {
    return columns.stream().map(Column::name).collect(Collectors.joining(", "));
  }

  /**
   * Sets the parameters.
   *
   * @param first the place of the first among the statement's parameters, from 1
   */
  public void bind(Connection connection, PreparedStatement statement, int first, List<T> rows)
      throws SQLException {
    int parameter = first;
    for (Column<T> column : columns) {
      statement.setObject(parameter++, column.setter().array(connection, rows));
    }
  }
}
