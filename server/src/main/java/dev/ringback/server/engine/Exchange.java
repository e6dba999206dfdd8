package dev.ringback.server.engine;

import java.io.IOException;
import java.net.SocketException;
import org.apache.hc.client5.http.io.ConnectionEndpoint;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.message.MessageSupport;
import org.apache.hc.core5.http.protocol.HttpContext;

/**
 * One request and the head of its answer on an open connection (RFC 9112), sent once and never
 * again. Used by one thread.
 */
final class Exchange implements ConnectionEndpoint.RequestExecutor {
  private boolean sent;

  /** Whether all of the request went out; if not, nothing can follow on this connection. */
  boolean sent() {
    return sent;
  }

  @Override
  public ClassicHttpResponse execute(
      ClassicHttpRequest request, HttpClientConnection connection, HttpContext context)
      throws IOException, HttpException {
    send(request, connection);
    ClassicHttpResponse response = receive(connection);
    if (MessageSupport.canResponseHaveBody(request.getMethod(), response)) {
      connection.receiveResponseEntity(response);
    }
    return response;
  }

  /** A target may refuse a body and close before it has read it all: then its answer counts. */
  private void send(ClassicHttpRequest request, HttpClientConnection connection)
      throws IOException, HttpException {
    try {
      connection.sendRequestHeader(request);
      if (request.getEntity() != null) {
        connection.sendRequestEntity(request);
      }
      connection.flush();
      sent = true;
    } catch (SocketException e) {
      if (!connection.isOpen()) {
        throw e;
      }
    }
  }

  /** Skips interim answers; the deadline bounds how many. */
  private static ClassicHttpResponse receive(HttpClientConnection connection)
      throws IOException, HttpException {
    while (true) {
      ClassicHttpResponse response = connection.receiveResponseHeader();
      int status = response.getCode();
      if (status < 100 || status > 999 || status == HttpStatus.SC_SWITCHING_PROTOCOLS) {
        throw new ProtocolException("status " + status + " was not asked for");
      }
      if (status >= HttpStatus.SC_SUCCESS) {
        return response;
      }
    }
  }
}
