package dev.ringback.server.api.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.api.HttpBody;
import dev.ringback.server.api.RawHeaders;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.job.IdempotencyKey;
import dev.ringback.server.job.JobDefaults;
import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Violation;
import dev.ringback.server.store.job.Creation;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.CreateJobRequest;
import io.grpc.Metadata;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Jobs, alone and in batches, and the idempotency keys that they come under. */
class CreationReaderTest {
  private static final JobDefaults DEFAULTS =
      JobDefaults.of(Duration.ofSeconds(10), Duration.ofHours(1), Duration.ofSeconds(30));
  private static final int PROJECT = 7;

  private final CreationReader reader =
      new CreationReader(DEFAULTS, 16, InstantSource.fixed(Instant.parse("2027-03-30T10:00:00Z")));

  private static CallContext call(String keyHeader) {
    Metadata headers = new Metadata();
    headers.put(CallContext.key("idempotency-key"), keyHeader);
    return new CallContext(PROJECT, headers, new Metadata());
  }

  private static CreateJobRequest job(String url, String key) {
    return CreateJobRequest.newBuilder().setUrl(url).setIdempotencyKey(key).build();
  }

  private static BatchCreateJobsRequest batch(CreateJobRequest... jobs) {
    return BatchCreateJobsRequest.newBuilder().addAllRequests(Arrays.asList(jobs)).build();
  }

  private Creation read(CreateJobRequest request, CallContext call) {
    return reader.read(request, call, new Violations());
  }

  private static Optional<String> key(Creation creation) {
    return creation.idempotencyKey().map(IdempotencyKey::text);
  }

  private List<Optional<String>> keys(String header, CreateJobRequest... jobs) {
    return reader.read(batch(jobs), call(header), new Violations()).stream()
        .map(CreationReaderTest::key)
        .toList();
  }

  private List<Violation> violations(String header, BatchCreateJobsRequest request) {
    var refused =
        catchThrowableOfType(
            InvalidFields.class, () -> reader.read(request, call(header), new Violations()));
    assertThat(refused).isNotNull();
    return refused.violations();
  }

  private List<String> fields(String header, CreateJobRequest... jobs) {
    return violations(header, batch(jobs)).stream().map(Violation::field).toList();
  }

  @Test
  void takesTheKeyOfAJobFromTheFieldOrTheHeader() {
    for (CallContext call : List.of(call("k"), call(""))) {
      Creation creation = read(job("http://h/", "k"), call);
      assertThat(key(creation)).contains("k");
      assertThat(creation.projectId()).isEqualTo(PROJECT);
    }
    assertThat(key(read(job("http://h/", ""), call("k")))).contains("k");
    assertThat(read(job("http://h/", ""), call("")).idempotencyKey()).isEmpty();
    var refused =
        catchThrowableOfType(InvalidFields.class, () -> read(job("http://h/", "k"), call("other")));
    assertThat(refused.violations())
        .containsExactly(
            new Violation("idempotency_key", "must be the same as the Idempotency-Key header"));
  }

  @Test
  void aKeyHeaderMustBeSure() {
    Metadata twice = RawHeaders.of("idempotency-key", "k", "idempotency-key", "k");
    Metadata odd = RawHeaders.of("idempotency-key", "schlüssel");
    for (Metadata headers : List.of(twice, odd)) {
      var call = new CallContext(PROJECT, headers, new Metadata());
      for (ThrowingCallable reading :
          List.<ThrowingCallable>of(
              () -> read(job("http://h/", ""), call),
              () -> read(job("http://h/", "k"), call),
              () -> reader.read(batch(job("http://h/", "")), call, new Violations()),
              () -> reader.read(HttpBody.getDefaultInstance(), call))) {
        var refused = catchThrowableOfType(InvalidFields.class, reading);
        assertThat(refused.violations())
            .extracting(Violation::field)
            .containsExactly("idempotency-key");
      }
    }
    var refused =
        catchThrowableOfType(InvalidFields.class, () -> read(job("http://h/", ""), call("a b")));
    assertThat(refused.violations())
        .containsExactly(
            new Violation("idempotency-key", "must be 1 to 255 visible ASCII characters"));
  }

  @Test
  void keepsABatchInItsOrder() {
    List<Creation> creations =
        reader.read(batch(job("http://a/", ""), job("http://b/", "")), call(""), new Violations());
    assertThat(creations.stream().map(creation -> creation.spec().callback().url().text()))
        .containsExactly("http://a/", "http://b/");
    assertThat(creations).allMatch(creation -> creation.projectId() == PROJECT);
  }

  @Test
  void tellsWhatIsWrongWithAnyJobOfABatch() {
    assertThat(fields("", job("http://h/", ""), job("", "ä"), job("ftp://h/", "")))
        .containsExactly("requests[1].url", "requests[1].idempotency_key", "requests[2].url");
  }

  @Test
  void takesFromOneToAThousandJobs() {
    CreateJobRequest one = job("http://h/", "");
    assertThat(violations("", batch()))
        .containsExactly(new Violation("requests", "must be from 1 to 1000 jobs, not 0"));
    var most = BatchCreateJobsRequest.newBuilder().addAllRequests(Collections.nCopies(1_000, one));
    assertThat(reader.read(most.build(), call(""), new Violations())).hasSize(1_000);
    assertThat(violations("", most.addRequests(one).build()))
        .containsExactly(new Violation("requests", "must be from 1 to 1000 jobs, not 1001"));
  }

  @Test
  void givesEachJobAKeyOfTheHeaderAndItsPlace() {
    List<Optional<String>> keys = keys("order", job("http://h/", ""), job("http://h/", ""));
    assertThat(keys).doesNotHaveDuplicates().allMatch(Optional::isPresent);
    assertThat(keys("order", job("http://h/", ""), job("http://h/", ""))).isEqualTo(keys);
    assertThat(keys("other", job("http://h/", ""))).doesNotContainAnyElementsOf(keys);
    // A key that a caller could have given to another job.
    assertThat(keys).noneMatch(key -> key.orElseThrow().matches("[!-~]+"));
  }

  @Test
  void takesKeysFromTheHeaderOrFromTheJobsButNotFromBoth() {
    assertThat(keys("", job("http://a/", "a"), job("http://b/", ""), job("http://c/", "c")))
        .containsExactly(Optional.of("a"), Optional.empty(), Optional.of("c"));
    assertThat(fields("order", job("http://a/", "a"), job("http://b/", "")))
        .containsExactly("requests[0].idempotency_key");
    assertThat(fields("no key", job("http://a/", ""))).containsExactly("idempotency-key");
  }

  @Test
  void takesOneKeyTwiceForTheSameContentOnly() {
    assertThat(keys("", job("http://a/", "k"), job("http://a/", "k"))).hasSize(2);
    assertThat(violations("", batch(job("http://a/", "k"), job("http://b/", "k"))))
        .containsExactly(
            new Violation(
                "requests[1].idempotency_key",
                "is that of requests[0] too, which has other content"));
  }

  @Test
  void nobodyWaitsForABatch() {
    CreateJobRequest waits = job("http://h/", "").toBuilder().setWait("10s").build();
    assertThat(violations("", batch(job("http://h/", ""), waits)))
        .containsExactly(new Violation("requests[1].wait", "must not be given in a batch"));
    assertThat(read(waits, call("")).projectId()).isEqualTo(PROJECT);
  }

  @Test
  void tooLargeABodyIsToldByItsPlace() {
    CreateJobRequest large = job("http://h/", "").toBuilder().setBody("x".repeat(17)).build();
    var refused =
        catchThrowableOfType(
            InvalidFields.class,
            () -> reader.read(batch(job("http://h/", ""), large), call(""), new Violations()));
    assertThat(refused.violations().getFirst().field()).isEqualTo("requests[1].body");
    assertThat(refused.isOnlyTooLarge()).isTrue();
  }
}
