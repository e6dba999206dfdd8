package dev.ringback.server.engine.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.StandardConstants;

/**
 * TLS over TCP, by the JDK's engine rather than its sockets. Those take the end of a connection for
 * the end of the data, even where the other side has not closed TLS, so that half an answer looks
 * whole; and they send no name (SNI) for hosts without a dot or with an underscore.
 */
final class TlsWire implements Wire {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final PlainWire wire;
  private final SSLEngine engine;

  /** What came and is not yet decrypted, what is decrypted and not yet read, what goes out. */
  private final ByteBuffer in;

  private final ByteBuffer plain;
  private final ByteBuffer out;

  private TlsWire(PlainWire wire, SSLEngine engine) {
    this.wire = wire;
    this.engine = engine;
    this.in = ByteBuffer.allocate(engine.getSession().getPacketBufferSize()).flip();
    this.out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    this.plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).flip();
  }

  /** A host's name for SNI as it is: the JDK's own class takes no underscore. */
  private static final class HostName extends SNIServerName {
    HostName(String name) {
      super(StandardConstants.SNI_HOST_NAME, name.getBytes(US_ASCII));
    }
  }

  /**
   * Shakes hands with a target over a connection to it, and checks that its certificate is trusted
   * and is for it.
   *
   * @param name the host's name; empty when it is an address
   * @param address what the connection leads to
   */
  static TlsWire open(PlainWire wire, SSLContext trust, String name, int port, InetAddress address)
      throws IOException {
    String peer = name.isEmpty() ? address.getHostAddress() : name;
    SSLEngine engine = trust.createSSLEngine(peer, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    // Names are checked below. SNI never holds an address (RFC 6066, 3).
    parameters.setEndpointIdentificationAlgorithm(null);
    parameters.setServerNames(name.isEmpty() ? List.of() : List.of(new HostName(name)));
    engine.setSSLParameters(parameters);
    TlsWire tls = new TlsWire(wire, engine);
    try {
      tls.handshake();
    } catch (SSLException e) {
      tls.sayWhy();
      throw e;
    }
    X509Certificate certificate = (X509Certificate) engine.getSession().getPeerCertificates()[0];
    CertificateNames.check(certificate, name, address);
    return tls;
  }

  private void handshake() throws IOException {
    engine.beginHandshake();
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_WRAP -> wrap(NOTHING);
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          if (!unwrap()) {
            throw new EOFException("closed during the handshake");
          }
        }
        case NEED_TASK -> engine.getDelegatedTask().run();
        case FINISHED, NOT_HANDSHAKING -> {
          return;
        }
      }
    }
  }

  /** Sends the target the TLS alert that says why there is no connection. */
  private void sayWhy() {
    try {
      while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && !engine.isOutboundDone()) {
        wrap(NOTHING);
      }
    } catch (IOException e) {
      // The target need not know.
    }
  }

  /** Encrypts some of what is given and sends it. */
  private void wrap(ByteBuffer from) throws IOException {
    out.clear();
    SSLEngineResult result = engine.wrap(from, out);
    wire.write(out.flip());
    if (from.hasRemaining() && result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
      // The target has closed TLS, or wants another handshake in the middle (which TLS 1.3
      // forbids).
      throw new SSLException("nothing can be sent on the TLS connection any more");
    }
  }

  /**
   * Waits for the next record and decrypts it into what may be read.
   *
   * @return whether there may be more
   */
  private boolean unwrap() throws IOException {
    while (true) {
      switch (decrypt()) {
        case OK -> {
          return true;
        }
        case CLOSED -> {
          return false;
        }
        case BUFFER_UNDERFLOW -> fill();
        case BUFFER_OVERFLOW -> throw new SSLException("a record is larger than TLS allows");
      }
    }
  }

  private SSLEngineResult.Status decrypt() throws SSLException {
    plain.compact();
    try {
      return engine.unwrap(in, plain).getStatus();
    } finally {
      plain.flip();
    }
  }

  private void fill() throws IOException {
    in.compact();
    try {
      if (!in.hasRemaining()) {
        throw new SSLException("a record is larger than TLS allows");
      }
      if (wire.read(in) < 0) {
        throw new EOFException("closed without TLS's own close");
      }
    } finally {
      in.flip();
    }
  }

  /** What the engine asks for after the handshake, such as new keys (RFC 8446, 4.6.3). */
  private void serve() throws IOException {
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_WRAP -> {
          if (engine.isOutboundDone()) {
            throw new EOFException("TLS was closed");
          }
          wrap(NOTHING);
        }
        case NEED_TASK -> engine.getDelegatedTask().run();
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN, FINISHED, NOT_HANDSHAKING -> {
          return;
        }
      }
    }
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    while (!plain.hasRemaining()) {
      if (!unwrap()) {
        return -1;
      }
      serve();
    }
    int length = Math.min(to.remaining(), plain.remaining());
    to.put(plain.slice(plain.position(), length));
    plain.position(plain.position() + length);
    return length;
  }

  @Override
  public void write(ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      wrap(from);
      serve();
    }
  }

  @Override
  public long written() {
    return wire.written();
  }

  /**
   * Decrypts what came before it judges: a server may send tickets for later sessions at any time.
   */
  @Override
  public boolean isQuiet() {
    try {
      in.compact();
      int length = wire.readNow(in);
      in.flip();
      boolean quiet = length >= 0 && !plain.hasRemaining();
      while (quiet && in.hasRemaining()) {
        quiet = decrypt() == SSLEngineResult.Status.OK && !plain.hasRemaining();
        serve();
      }
      return quiet;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    wire.close();
  }
}
