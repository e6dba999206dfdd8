package dev.ringback.server.engine;

import dev.ringback.server.job.Callback;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.io.entity.EntityTemplate;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.message.BasicHeader;

/**
 * Makes the request of a callback. The headers are all that is sent, in this order: Host, the job's
 * own as they are, User-Agent, Ringback's, Content-Length. The client adds none.
 */
final class RequestHead {
  private RequestHead() {}

  /**
   * All headers of the request, in the order in which they are sent.
   *
   * @param extra Ringback's headers; they win over the job's of the same name
   * @throws IllegalArgumentException if a header's name could break the message's frame
   */
  static Map<String, String> headers(
      Callback callback,
      int bodyLength,
      HttpTarget target,
      Map<String, String> extra,
      String userAgent) {
    Map<String, String> headers = LinkedHashMap.newLinkedHashMap(callback.headers().size() + 6);
    Map<String, String> own = callback.headers();
    if (!has(own, "Host")) {
      headers.put("Host", target.host());
    }
    for (Map.Entry<String, String> header : own.entrySet()) {
      String name = header.getKey();
      checkName(name);
      if (!framing(name) && !has(extra, name)) {
        headers.put(name, header.getValue());
      }
    }
    if (!has(own, "User-Agent")) {
      headers.put("User-Agent", userAgent);
    }
    headers.putAll(extra);
    if (bodyLength > 0 || expectsBody(callback.method())) {
      headers.put("Content-Length", Integer.toString(bodyLength));
    }
    return Collections.unmodifiableMap(headers);
  }

  static ClassicHttpRequest request(
      Callback callback, Body body, HttpTarget target, Map<String, String> headers) {
    ClassicHttpRequest request =
        new BasicClassicHttpRequest(
            callback.method(), target.route().getTargetHost(), target.path());
    headers.forEach((name, value) -> request.addHeader(new BasicHeader(name, value)));
    if (body.length() > 0) {
      request.setEntity(new EntityTemplate(body.length(), null, null, body::writeTo));
    }
    return request;
  }

  /** These say where the body ends; the job's words could differ from the bytes that follow. */
  private static boolean framing(String name) {
    return name.equalsIgnoreCase("Content-Length") || name.equalsIgnoreCase("Transfer-Encoding");
  }

  /** RFC 9110, section 8.6: a method that anticipates content says "0" when there is none. */
  private static boolean expectsBody(String method) {
    return method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
  }

  private static boolean has(Map<String, String> headers, String name) {
    for (String other : headers.keySet()) {
      if (other.equalsIgnoreCase(name)) {
        return true;
      }
    }
    return false;
  }

  /** The client writes names unread; a line break in one would smuggle a request to the target. */
  private static void checkName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c <= ' ' || c == ':' || c >= 0x7f) {
        throw new IllegalArgumentException("a header's name is not valid");
      }
    }
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a header has no name");
    }
  }
}
