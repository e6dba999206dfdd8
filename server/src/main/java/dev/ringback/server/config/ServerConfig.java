package dev.ringback.server.config;

import java.util.List;
import java.util.Map;

/**
 * The settings of a node, from the environment; docs/settings.md tells them to the operator, in the
 * same order.
 *
 * @param nodeId a node's name in leases, logs and attempts
 */
public record ServerConfig(
    Listen listen,
    Envoy envoy,
    Storage storage,
    Tenants tenants,
    String nodeId,
    Creates creates,
    Callbacks callbacks,
    Retention retention) {
  /**
   * Reads the settings, all problems at once.
   *
   * @param randomNodeId the node's name when none is set
   */
  public static ServerConfig read(Map<String, String> environment, String randomNodeId)
      throws InvalidSettings {
    var reader = new Reader(environment);
    ServerConfig config = read(reader, randomNodeId);
    reader.check();
    return config;
  }

  private static ServerConfig read(Reader reader, String randomNodeId) {
    return new ServerConfig(
        Listen.read(reader),
        Envoy.read(reader),
        Storage.read(reader),
        Tenants.read(reader),
        reader.get("NODE_ID", randomNodeId, ServerConfig::nodeId),
        Creates.read(reader),
        Callbacks.read(reader),
        Retention.read(reader));
  }

  /** The settings as they apply, a line each, without secrets. */
  public static List<String> shown(Map<String, String> environment, String randomNodeId) {
    var reader = new Reader(environment);
    read(reader, randomNodeId);
    return reader.shown();
  }

  /**
   * The variables that look like settings and are none, in a sentence each, with the setting that
   * may have been meant. They are no error: other programs may have variables of such names.
   */
  public static List<String> unknown(Map<String, String> environment) {
    var reader = new Reader(environment);
    read(reader, "any");
    return reader.unknown();
  }

  private static String nodeId(String text) {
    if (!text.matches("[!-~]{1,100}")) {
      throw new IllegalArgumentException("must be 1 to 100 visible ASCII characters");
    }
    return text;
  }
}
