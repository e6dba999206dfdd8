package dev.ringback.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UrlCheckTest {
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
      })
  void acceptsWhatCanBeCalled(String url) {
    assertThat(UrlCheck.problem(url)).isEmpty();
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
        "http://a%41.example/       | must name a host",
        "http://a:b/                | must name a host",
        "http://a:123456/           | must name a host",
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
    assertThat(UrlCheck.problem(url).orElse("nothing")).contains(problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\nX: 1", "\n", "\0", "\t", "\u007f"})
  void refusesControlCharacters(String text) {
    assertThat(UrlCheck.problem("https://example.com/" + text)).isPresent();
    assertThat(UrlCheck.problem("https://example.com" + text + "/")).isPresent();
  }

  @Test
  void hasALongestLength() {
    String longest = "https://example.com/" + "a".repeat(8_192 - 20);
    assertThat(UrlCheck.problem(longest)).isEmpty();
    assertThat(UrlCheck.problem(longest + "a")).contains("must have at most 8192 characters");
  }
}
