package dev.ringback.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.Job;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.RetryPolicy;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class WireScanTest {
  private static long values(Message message) throws IOException {
    return WireScan.values(message.toByteArray(), message.getDescriptorForType());
  }

  private static String refused(Message message) {
    return catchThrowableOfType(InvalidFields.class, () -> values(message))
        .violations()
        .getFirst()
        .toString();
  }

  @Test
  void countsEachValueWhereverItIs() throws IOException {
    CreateJobRequest job =
        CreateJobRequest.newBuilder()
            .setUrl("http://h/")
            .putHeaders("a", "b")
            .putHeaders("c", "d")
            .setRetryPolicy(RetryPolicy.newBuilder().setMinBackoff("1s"))
            .build();
    // The URL; two entries with two texts each; the policy and its text.
    assertThat(values(job)).isEqualTo(1 + 2 * 3 + 2);
    assertThat(
            values(BatchCreateJobsRequest.newBuilder().addRequests(job).addRequests(job).build()))
        .isEqualTo(2 * (1 + 9));
  }

  @Test
  void refusesMoreThanAnyListMayHold() throws IOException {
    var batch = BatchCreateJobsRequest.newBuilder();
    for (int i = 0; i < JsonReader.MAX_ITEMS; i++) {
      batch.addRequests(CreateJobRequest.getDefaultInstance());
    }
    assertThat(values(batch.build())).isEqualTo(JsonReader.MAX_ITEMS);
    batch.addRequests(CreateJobRequest.getDefaultInstance());
    assertThat(refused(batch.build())).contains("requests", "at most 1000 entries");

    var headers = CreateJobRequest.newBuilder();
    var statuses = ListJobsRequest.newBuilder();
    for (int i = 0; i <= JsonReader.MAX_ITEMS; i++) {
      headers.putHeaders("h" + i, "");
      statuses.addStatus(Job.Status.failed);
    }
    assertThat(refused(BatchCreateJobsRequest.newBuilder().addRequests(headers).build()))
        .contains("requests[0].headers");
    assertThat(refused(statuses.build())).contains("status");
  }

  @Test
  void refusesManyFieldsThatItDoesNotKnow() {
    var unknown = UnknownFieldSet.newBuilder();
    for (int i = 0; i <= JsonReader.MAX_ITEMS; i++) {
      unknown.mergeVarintField(10_000 + i, 1);
    }
    assertThat(refused(CreateJobRequest.newBuilder().setUnknownFields(unknown.build()).build()))
        .contains("request");
  }

  @Test
  void isNotFooledByLengthsThatLie() {
    for (byte[] bytes :
        new byte[][] {
          {0x0a, 0x7f, 'a'},
          {0x0a, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f},
          {0x00},
        }) {
      assertThatThrownBy(() -> WireScan.values(bytes, BatchCreateJobsRequest.getDescriptor()))
          .isInstanceOf(IOException.class);
    }
  }
}
