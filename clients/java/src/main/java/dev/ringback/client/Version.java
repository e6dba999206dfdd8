package dev.ringback.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which client this is; the build writes it. */
final class Version {
  static final String TEXT = read();

  private Version() {}

  private static String read() {
    try (InputStream file = Version.class.getResourceAsStream("/ringback-client.properties")) {
      Properties properties = new Properties();
      properties.load(file);
      return properties.getProperty("version", "unknown");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
