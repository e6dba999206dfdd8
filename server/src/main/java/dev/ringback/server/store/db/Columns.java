package dev.ringback.server.store.db;

import java.io.StringWriter;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Converts between Java's values and PostgreSQL's: times, texts, and header maps. */
public final class Columns {
  private static final JsonMapper JSON = new JsonMapper();
  private static final TypeReference<LinkedHashMap<String, String>> HEADERS =
      new TypeReference<>() {};

  private Columns() {}

  public static @Nullable OffsetDateTime time(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }

  /** To the microsecond, which is all that PostgreSQL keeps. */
  public static Instant micros(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MICROS);
  }

  public static Instant instant(ResultSet rows, String column) throws SQLException {
    return rows.getObject(column, OffsetDateTime.class).toInstant();
  }

  public static Optional<Instant> optionalInstant(ResultSet rows, String column)
      throws SQLException {
    return Optional.ofNullable(rows.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }

  /** A header or label map as JSON text, in its order. */
  public static String json(Map<String, String> map) {
    if (map.isEmpty()) {
      return "{}";
    }
    // Token by token: each attempt has two of them, and to find a serializer costs more than it
    // does.
    var text = new StringWriter(256);
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      map.forEach(json::writeStringProperty);
      json.writeEndObject();
    }
    return text.toString();
  }

  public static Map<String, String> map(@Nullable String json) {
    return json == null || json.equals("{}") ? Map.of() : JSON.readValue(json, HEADERS);
  }

  /** Text as PostgreSQL takes it: without NUL, which it can't hold. */
  public static String text(String text) {
    return text.replace("\0", "");
  }
}
