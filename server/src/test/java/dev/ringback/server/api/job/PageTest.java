package dev.ringback.server.api.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.api.read.PageFields;
import dev.ringback.server.api.read.PageToken;
import dev.ringback.v1.Job;
import dev.ringback.v1.ListJobsResponse;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PageTest {
  private static final int LIMIT = 4 << 20;

  private static Page<Integer, Job> page(int size) {
    return new Page<>(
        new PageFields("list", size, Optional.empty()),
        bytes -> Job.newBuilder().setUrl("x".repeat(bytes)).build(),
        PageTest::place);
  }

  private static PageToken place(int item) {
    return PageToken.at(new UUID(0, item));
  }

  private static String token(int item) {
    return place(item).text("list");
  }

  private static Integer[] taken(Page<Integer, Job> page, Integer... offered) {
    return Arrays.stream(offered).filter(page::take).toArray(Integer[]::new);
  }

  @Test
  void holdsAsManyItemsAsWereAskedFor() {
    Page<Integer, Job> page = page(2);
    assertThat(taken(page, 1, 2)).containsExactly(1, 2);
    assertThat(page.next()).as("there may be none behind it").isEmpty();
    assertThat(page.next(Optional.of(place(7)))).as("unless it is known").isEqualTo(token(7));
    assertThat(taken(page, 3, 4)).isEmpty();
    assertThat(page.next()).isEqualTo(token(2));
    assertThat(page.next(Optional.of(place(7)))).isEqualTo(token(2));
    assertThat(page.wanted()).isEqualTo(3);
    assertThat(page.messages()).hasSize(2);
  }

  @Test
  void isAMessageThatClientsTake() {
    for (int bytes :
        new int[] {100, 60_000, LIMIT / 3, LIMIT / 2 - 600, LIMIT / 2, LIMIT - 1_100}) {
      Page<Integer, Job> page = page(500);
      IntStream.range(0, 501).forEach(_ -> page.take(bytes));
      ListJobsResponse.Builder message =
          ListJobsResponse.newBuilder()
              .addAllJobs(page.messages())
              .setNextPageToken("t".repeat(100));
      assertThat(message.build().getSerializedSize()).isLessThanOrEqualTo(LIMIT);
      assertThat(
              page.messages().size() == 500
                  || message.addJobs(message.getJobs(0)).build().getSerializedSize()
                      > LIMIT - 1_024)
          .as("one more of %d bytes would not fit", bytes)
          .isTrue();
    }
  }

  @Test
  void takesNoSmallerItemInTheStead() {
    Page<Integer, Job> page = page(500);
    assertThat(taken(page, LIMIT / 2, LIMIT / 2, 1)).containsExactly(LIMIT / 2);
    assertThat(page.next()).isEqualTo(token(LIMIT / 2));
  }

  @Test
  void holdsAtLeastOneItem() {
    Page<Integer, Job> page = page(500);
    assertThat(taken(page, LIMIT + 1, 1)).containsExactly(LIMIT + 1);
    assertThat(page.next()).isEqualTo(token(LIMIT + 1));
  }

  @Test
  void isEmptyWhenNothingIsOffered() {
    assertThat(page(1).next()).isEmpty();
    assertThat(page(1).messages()).isEmpty();
  }
}
