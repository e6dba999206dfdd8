package dev.ringback.server.config;

import java.util.Optional;

/**
 * Who may call, to begin with.
 *
 * @param apiKey the first key of the first project; empty: one is made
 */
public record Tenants(Optional<String> apiKey) {
  static Tenants read(Reader reader) {
    return new Tenants(reader.secret("API_KEY", Tenants::apiKey));
  }

  private static String apiKey(String text) {
    // 22 characters of base64 have 128 bits.
    if (!text.matches("[!-~]{22,200}") || text.chars().distinct().count() < 10) {
      throw new IllegalArgumentException(
          "must be 22 to 200 visible ASCII characters that nobody guesses, such as those of"
              + " `openssl rand -base64 24`");
    }
    return text;
  }

  /** Without the key, which must reach no log. */
  @Override
  public String toString() {
    return "Tenants[]";
  }
}
