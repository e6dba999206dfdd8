package dev.ringback.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Message;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Violation;
import dev.ringback.v1.CancelJobRequest;
import dev.ringback.v1.GetJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.WatchJobRequest;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryReaderTest {
  private static Message read(Message.Builder message, String id, String query, String body) {
    var violations = new Violations();
    var reader = new QueryReader(message, violations);
    reader.path(id.isEmpty() ? Map.of() : Map.of("id", id));
    reader.query(query, body);
    violations.check();
    return message.build();
  }

  @Test
  void readsTheQueryInEitherCase() {
    assertThat(
            read(
                ListJobsRequest.newBuilder(),
                "",
                "status=failed&pageSize=7&label=a%3Db+c&label=d=%C3%BC&status=cancelled&page_token=&",
                ""))
        .isEqualTo(
            ListJobsRequest.newBuilder()
                .addStatus(Job.Status.failed)
                .addStatus(Job.Status.cancelled)
                .setPageSize(7)
                .addLabel("a=b c")
                .addLabel("d=ü")
                .build());
  }

  @Test
  void readsThePath() {
    assertThat(read(GetJobRequest.newBuilder(), "a%2Fb+c", "", ""))
        .isEqualTo(GetJobRequest.newBuilder().setId("a/b+c").build());
  }

  @Test
  void theLastEventIsATokenToo() {
    assertThat(read(WatchJobRequest.newBuilder(), "j", "last_event_id=t", ""))
        .isEqualTo(WatchJobRequest.newBuilder().setId("j").setResumeToken("t").build());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          pagesize=1              | pagesize   | unknown; did you mean `page_size`?
          %70age_siz=1            | page_siz   | unknown; did you mean `page_size`?
          page_size=1&pageSize=2  | page_size  | is given twice
          page_size=many          | page_size  | must be a whole number
          page_token=%ff          | page_token | must be percent-encoded UTF-8
          page_token=%4           | page_token | must be percent-encoded UTF-8
          page_token=a%           | page_token | must be percent-encoded UTF-8
          label=a%3D%ed%a0%80     | label      | must be percent-encoded UTF-8
          status=asleep           | status     | must be one of pending, running, completed, failed, cancelled, paused
          %ff=1                   | request    | has a query whose names are not percent-encoded UTF-8
          """)
  void tellsWhatIsWrong(String query, String field, String description) {
    assertThat(
            catchThrowableOfType(
                    InvalidFields.class, () -> read(ListJobsRequest.newBuilder(), "", query, ""))
                .violations())
        .containsExactly(new Violation(field, description));
  }

  @Test
  void noQueryAndNoBodyReplacesWhatThePathSays() {
    String again = "is given by the path, and can't be given again";
    assertThat(
            catchThrowableOfType(
                    InvalidFields.class, () -> read(GetJobRequest.newBuilder(), "a", "id=b", ""))
                .violations())
        .containsExactly(new Violation("id", again));
    assertThat(
            catchThrowableOfType(
                    InvalidFields.class,
                    () -> read(CancelJobRequest.newBuilder().setId("b"), "a", "", "*"))
                .violations())
        .containsExactly(new Violation("id", again));
    assertThat(
            catchThrowableOfType(
                    InvalidFields.class,
                    () -> read(CancelJobRequest.newBuilder(), "a", "id=b", "*"))
                .violations())
        .extracting(Violation::field)
        .containsExactly("id");
  }

  @Test
  void aListInAQueryIsBounded() {
    String many = String.join("&", Collections.nCopies(1_001, "label=a%3Db"));
    var message = ListJobsRequest.newBuilder();
    assertThat(
            catchThrowableOfType(InvalidFields.class, () -> read(message, "", many, ""))
                .violations())
        .containsExactly(new Violation("label", "must be given at most 1000 times"));
    assertThat(message.getLabelCount()).isEqualTo(1_000);
  }
}
