package dev.ringback.server.config;

import dev.ringback.server.store.db.DatabaseUrl;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the node keeps what it must not forget.
 *
 * @param databaseUrl empty: the embedded database
 */
public record Storage(Optional<DatabaseUrl> databaseUrl, Path dataDir) {
  static Storage read(Reader reader) {
    return new Storage(
        reader.secret("DATABASE_URL", DatabaseUrl::parse),
        reader.get("DATA_DIR", ".ringback", Path::of));
  }
}
