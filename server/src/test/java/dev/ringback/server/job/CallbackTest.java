package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CallbackTest {
  @Test
  void keepsItsHeadersInTheOrderGivenAndFromChange() {
    Map<String, String> given = new LinkedHashMap<>();
    for (int i = 50; i > 0; i--) {
      given.put("X-" + i, "" + i);
    }
    Callback callback =
        new Callback(TargetUrl.stored("https://example.com"), "POST", given, new byte[0]);
    Map<String, String> before = new LinkedHashMap<>(given);
    given.clear();
    assertThat(callback.headers()).containsExactlyEntriesOf(before);
    assertThatThrownBy(() -> callback.headers().put("X", "1"))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
