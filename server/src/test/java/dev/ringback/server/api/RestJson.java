package dev.ringback.server.api;

import com.google.protobuf.Message;
import dev.ringback.server.api.read.Violations;
import java.nio.charset.StandardCharsets;

/** JSON as it is read over REST. */
public final class RestJson {
  private RestJson() {}

  /** Reads it into a message; throws what is wrong with it. */
  public static <B extends Message.Builder> B read(String json, B message) {
    Violations violations = new Violations();
    JsonReader.read(json.getBytes(StandardCharsets.UTF_8), message, violations, _ -> {});
    violations.check();
    return message;
  }
}
