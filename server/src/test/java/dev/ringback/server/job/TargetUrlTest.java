package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetUrlTest {
  private static Optional<String> problem(String url) {
    try {
      TargetUrl.parse(url);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.com",
        "https://example.com/",
        "HTTPS://EXAMPLE.COM/A",
        "https://example.com:8443/a/b?c=d&e=%20f#g",
        "https://example.com:/",
        "http://127.0.0.1:1/",
        "http://[::1]:65535/",
        "http://my_service:8080/",
        "http://localhost",
        "https://xn--bcher-kva.example/",
        "https://example.com/a;b=1/(c)",
        "https://example.com./",
        "https://a-b.example-/",
        "https://_dmarc.example.com/",
        "https://example.com/grüße?q=日本",
      })
  void acceptsWhatCanBeCalled(String url) {
    assertThat(problem(url)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                         | is required",
        "/path                      | must be absolute",
        "//example.com/path         | must be absolute",
        "example.com/path           | must be absolute",
        "localhost:8080/path        | must begin with http:// or https://, not localhost:",
        "ftp://example.com          | must begin with http:// or https://, not ftp:",
        "file:///etc/passwd         | must begin with http:// or https://, not file:",
        "javascript:alert(1)        | must begin with http:// or https://, not javascript:",
        "http://u@example.com       | must not hold a user name or password",
        "http://u:p@example.com     | must not hold a user name or password",
        "http://@example.com        | must not hold a user name or password",
        "http:example.com           | must name a host",
        "http:///path               | must name a host",
        "http://:8080/              | must name a host",
        "http://bücher.example/     | must name a host in ASCII",
        "http://Kelvin.example/     | must name a host in ASCII",
        "http://1..1/               | labels have 1 to 63 characters",
        "http://a%41.example/       | must name a host",
        "http://a:b/                | must name a host",
        "http://a:123456/           | must name a host",
        "http://a..b/               | labels have 1 to 63 characters",
        "http://.a/                 | labels have 1 to 63 characters",
        "http://a../                | labels have 1 to 63 characters",
        "http://./                  | labels have 1 to 63 characters",
        "http://-a.example/         | no label begins with -",
        "http://a.-b.example/       | no label begins with -",
        "http://a:0/                | must have a port from 1 to 65535",
        "http://a:65536/            | must have a port from 1 to 65535",
        "http://                    | is not a valid URL",
        "http://a b/                | is not a valid URL: illegal character",
        "https://example.com/a b    | at character 22; other characters must be percent-encoded",
        "https://example.com/{id}   | at character 21; other characters must be percent-encoded",
        "https://example.com/%zz    | is not a valid URL: malformed escape pair",
        "http://[::1/               | is not a valid URL",
        "http://[1::2::3]/          | is not a valid URL",
        "' https://example.com'     | is not a valid URL",
      })
  void tellsWhatIsWrong(String url, String problem) {
    assertThat(problem(url).orElse("nothing")).contains(problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\nX: 1", "\n", "\0", "\t", "\u007f"})
  void refusesControlCharacters(String text) {
    assertThat(problem("https://example.com/" + text)).isPresent();
    assertThat(problem("https://example.com" + text + "/")).isPresent();
  }

  @Test
  void hasALongestLength() {
    String longest = "https://example.com/" + "a".repeat(8_192 - 20);
    assertThat(problem(longest)).isEmpty();
    assertThat(problem(longest + "a")).contains("must have at most 8192 characters");
  }

  @Test
  void hasALongestName() {
    String label = "a".repeat(63);
    assertThat(problem("http://" + label + "/")).isEmpty();
    assertThat(problem("http://" + label + "a/").orElse("")).contains("1 to 63");
    String longest = String.join(".", label, label, label, "a".repeat(61));
    assertThat(problem("http://" + longest + "./")).isEmpty();
    assertThat(problem("http://" + longest + "a/").orElse("")).contains("at most 253");
  }

  /** RFC 3986 and RFC 9112, 3.2.1; not normalized, RFC 3987, 3.1, step 1c. */
  @ParameterizedTest
  @CsvSource({
    "http://x, /",
    "http://x?, /?",
    "http://x?a=b, /?a=b",
    "http://x#f, /",
    "http://x/a#f?x, /a",
    "http://x//a/../b/./c, //a/../b/./c",
    "http://x/%2e%2E/%c3%BC, /%2e%2E/%c3%BC",
    "http://x/?q[]=1&q[a]=/?, /?q[]=1&q[a]=/?",
    "http://x/caf\u00e9, /caf%C3%A9",
    "http://x/cafe\u0301, /cafe%CC%81",
    "http://x/?q=\u212b, /?q=%E2%84%AB",
    "http://x/\ud83d\ude80, /%F0%9F%9A%80",
  })
  void sendsPathAndQueryAsTheyAre(String url, String path) {
    assertThat(TargetUrl.parse(url).path()).isEqualTo(path);
  }

  @ParameterizedTest
  @CsvSource({
    "http://Example.COM, Example.COM, example.com, 80, false",
    "https://a.b.:/x, a.b.:, a.b., 443, false",
    "http://127.1:081/, 127.1:081, 127.1, 81, true",
    "http://2130706433/, 2130706433, 2130706433, 80, true",
    "https://[2001:DB8::1]:8443/, [2001:DB8::1]:8443, 2001:db8::1, 8443, true",
    "http://1.example/, 1.example, 1.example, 80, false",
  })
  void takesTheAuthorityApart(
      String url, String authority, String host, int port, boolean address) {
    TargetUrl target = TargetUrl.parse(url);
    assertThat(target).isEqualTo(TargetUrl.stored(url)).hasToString(url);
    assertThat(target.isCallable()).isTrue();
    assertThat(target.authority()).isEqualTo(authority);
    assertThat(target.host()).isEqualTo(host);
    assertThat(target.port()).isEqualTo(port);
    assertThat(target.isAddress()).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "ü", "/path", "ftp://x/", "http:", "http://", "http:///x", "http://[/"})
  void whatWasNeverTakenCanNotBeCalled(String url) {
    assertThat(TargetUrl.stored(url).isCallable()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://x:0/", "http://x:65536/", "http://x:y/", "http://[::1]x/"})
  void norCanAPortThatIsNone(String url) {
    assertThat(TargetUrl.stored(url).isCallable()).isFalse();
  }
}
