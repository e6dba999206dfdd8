package dev.ringback.server.config;

/**
 * Where the node's ports listen.
 *
 * @param http Envoy's port
 * @param grpc has an address of its own, as ops has, since neither has TLS and both are for those
 *     who run the node
 * @param ops the operator's port
 */
public record Listen(Address http, Address grpc, Address ops) {
  private static final String LOOPBACK = "127.0.0.1";

  /**
   * An address of this machine.
   *
   * @param port 0: any free one
   */
  public record Address(String host, int port) {
    private static Address read(Reader reader, String host, String port, String otherwise) {
      return new Address(reader.text(host, LOOPBACK), reader.port(port, otherwise));
    }
  }

  static Listen read(Reader reader) {
    return new Listen(
        Address.read(reader, "BIND_ADDRESS", "HTTP_PORT", "8080"),
        Address.read(reader, "GRPC_BIND_ADDRESS", "GRPC_PORT", "9090"),
        Address.read(reader, "OPS_BIND_ADDRESS", "OPS_PORT", "9464"));
  }
}
