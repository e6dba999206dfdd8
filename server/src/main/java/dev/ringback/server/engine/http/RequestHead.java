package dev.ringback.server.engine.http;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.TargetUrl;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes the head of a callback's request. It has these headers and no others, in this order: Host,
 * the job's own as they are, User-Agent, Ringback's, Content-Length.
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
      TargetUrl target,
      Map<String, String> extra,
      String userAgent) {
    Map<String, String> headers = LinkedHashMap.newLinkedHashMap(callback.headers().size() + 6);
    Map<String, String> own = callback.headers();
    if (!has(own, "Host")) {
      headers.put("Host", target.authority());
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

  /** The bytes of request line and headers (RFC 9112, 3 and 5). What is not ASCII is UTF-8. */
  static byte[] bytes(String method, TargetUrl target, Map<String, String> headers) {
    StringBuilder head = new StringBuilder(512);
    head.append(method).append(' ').append(target.path()).append(" HTTP/1.1\r\n");
    headers.forEach((name, value) -> {
      head.append(name).append(": ");
      appendValue(head, value);
      head.append("\r\n");
    });
    return head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  /** A line break in a value would smuggle a header to the target (RFC 9110, 5.5). */
  private static void appendValue(StringBuilder head, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      head.append(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
    }
  }

  /** These say where the body ends; the job's could differ from the bytes that follow. */
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

  /** A line break in a name would smuggle a request to the target. */
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
