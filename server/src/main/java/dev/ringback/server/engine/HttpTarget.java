package dev.ringback.server.engine;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.core5.http.HttpHost;

/**
 * Where a callback's URL leads: the connection to use and the words of the request.
 *
 * @param route the pool's key
 * @param host the value of the Host header: the URL's authority without user and password
 * @param path path and query, byte for byte as in the URL
 */
record HttpTarget(HttpRoute route, String host, String path) {

  String hostName() {
    return route.getTargetHost().getHostName();
  }

  /**
   * Takes the authority apart itself: {@link URI#getHost} knows no underscore, which names in
   * container networks have. User and password are dropped, never sent.
   */
  static HttpTarget parse(String url) throws URISyntaxException {
    URI uri = new URI(new URI(url).toASCIIString());
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    String authority = uri.getRawAuthority();
    if (authority == null || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new URISyntaxException(url, "not an absolute http or https URL");
    }
    String host = authority.substring(authority.lastIndexOf('@') + 1);
    int bracket = host.lastIndexOf(']');
    int colon = host.indexOf(':', bracket + 1);
    String name = colon < 0 ? host : host.substring(0, colon);
    if (bracket >= 0) {
      name = name.substring(1, bracket);
    }
    boolean secure = scheme.equals("https");
    int port = port(url, colon < 0 ? "" : host.substring(colon + 1), secure ? 443 : 80);
    if (name.isEmpty()) {
      throw new URISyntaxException(url, "no host");
    }
    HttpHost target = new HttpHost(scheme, null, name, port);
    return new HttpTarget(new HttpRoute(target, null, secure), host, path(uri));
  }

  private static int port(String url, String text, int otherwise) throws URISyntaxException {
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      int port = Integer.parseInt(text);
      if (port > 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Said below, in the same words.
    }
    throw new URISyntaxException(url, "no port from 1 to 65535");
  }

  private static String path(URI uri) {
    String path = uri.getRawPath();
    String query = uri.getRawQuery();
    String whole = path == null || path.isEmpty() ? "/" : path;
    return query == null ? whole : whole + '?' + query;
  }
}
