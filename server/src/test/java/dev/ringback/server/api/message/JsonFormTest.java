package dev.ringback.server.api.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import dev.ringback.v1.Attempt;
import dev.ringback.v1.BatchCreateJobsResponse;
import dev.ringback.v1.Job;
import dev.ringback.v1.ListJobsResponse;
import dev.ringback.v1.RetryPolicy;
import dev.ringback.v1.WatchMessage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

class JsonFormTest {
  private static final JsonMapper JSON = new JsonMapper();

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().preservingProtoFieldNames().alwaysPrintFieldsWithNoPresence();

  private static Stream<Message> messages() {
    Job job =
        Job.newBuilder()
            .setId("job_1")
            .setUrl("http://h/?a=1&b=<2>'\"\\\u0000\u001f\u007f\u0085\u2028\ud83d\ude00")
            .setStatus(Job.Status.failed)
            .setBinaryBody(ByteString.copyFrom(new byte[] {0, -1, 62, 63}))
            .setMaxRetries(-3)
            .setRetryPolicy(RetryPolicy.newBuilder().setMinBackoff("1s"))
            .putHeaders("B", "2")
            .putHeaders("A", "")
            .setCreatedAt(Timestamp.newBuilder().setSeconds(1_800_000_000).setNanos(120_000_000))
            .setUpdatedAt(Timestamp.newBuilder().setSeconds(-1).setNanos(1_000))
            .setLastAttempt(Attempt.newBuilder().setNumber(7).setResponseTruncated(true))
            .build();
    return Stream.of(
        Job.getDefaultInstance(),
        job,
        ListJobsResponse.getDefaultInstance(),
        BatchCreateJobsResponse.newBuilder().addJobs(job).addJobs(job).build(),
        WatchMessage.newBuilder().setType(WatchMessage.Type.snapshot).setJob(job).build());
  }

  @ParameterizedTest
  @MethodSource("messages")
  void saysWhatProtobufsOwnPrinterSays(Message message) throws InvalidProtocolBufferException {
    assertThat(JSON.readTree(JsonForm.text(message)))
        .isEqualTo(JSON.readTree(PRINTER.print(message)));
  }

  @Test
  void leavesUrlsAsTheyAre() {
    assertThat(JsonForm.text(Job.newBuilder().setUrl("http://h/?a=1&b='<2>'").build()))
        .contains("\"url\":\"http://h/?a=1&b='<2>'\"");
  }
}
