package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LaneTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://example.com:8443",
        "https://example.com:8443/",
        "https://EXAMPLE.com:8443/a/b",
        "https://example.com:8443?x=http://other/",
        "https://example.com:8443/@other",
        "http://example.com:8443#a@b",
        "https://example.com:08443/",
      })
  void isOneForAHostOfAProject(String url) {
    assertThat(Lane.of(7, TargetUrl.stored(url)))
        .isEqualTo(Lane.of(7, TargetUrl.stored("https://example.com:8443/")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://example.com/", "https://example.org:8443/"})
  void isAnotherForAnotherHost(String url) {
    assertThat(Lane.of(7, TargetUrl.stored(url)))
        .isNotEqualTo(Lane.of(7, TargetUrl.stored("https://example.com:8443/")));
  }

  @Test
  void isNeverTheSameForTwoProjects() {
    Lane lane = Lane.of(7, TargetUrl.stored("https://example.com/"));
    assertThat(Lane.of(8, TargetUrl.stored("https://example.com/"))).isNotEqualTo(lane);
    assertThat(lane.projectId()).isEqualTo(7);
    assertThat(Lane.of(Integer.MAX_VALUE, TargetUrl.stored("http://x/")).projectId())
        .isEqualTo(Integer.MAX_VALUE);
  }
}
