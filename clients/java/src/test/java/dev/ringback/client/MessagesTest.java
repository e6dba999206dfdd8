package dev.ringback.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import dev.ringback.v1.CreateJobRequest;
import dev.ringback.v1.ErrorReason;
import dev.ringback.v1.ListJobsRequest;
import dev.ringback.v1.WatchJobsRequest;
import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A field or a word that is added to the proto files and forgotten here fails a test. */
class MessagesTest {
  static Stream<Arguments> nouns() {
    return Stream.of(
        noun(dev.ringback.v1.Job.getDefaultInstance(), Messages::job),
        noun(dev.ringback.v1.Execution.getDefaultInstance(), Messages::execution),
        noun(dev.ringback.v1.Attempt.getDefaultInstance(), Messages::attempt),
        noun(dev.ringback.v1.WatchMessage.getDefaultInstance(), Messages::watchMessage),
        noun(
            dev.ringback.v1.SigningSecret.getDefaultInstance(),
            message -> record(Messages.signingSecret(message))),
        noun(
            dev.ringback.v1.RetryPolicy.getDefaultInstance(),
            message ->
                Messages.job(dev.ringback.v1.Job.newBuilder().setRetryPolicy(message).build())
                    .retryPolicy()),
        noun(
            dev.ringback.v1.Attempt.Error.getDefaultInstance(),
            message ->
                Messages.attempt(dev.ringback.v1.Attempt.newBuilder().setError(message).build())
                    .error()));
  }

  /** Its own text leaves the secret out. */
  private static List<Object> record(SigningSecret secret) {
    return List.of(secret.secret(), secret.createdAt(), secret.expiresAt());
  }

  @SuppressWarnings("unchecked")
  private static <M extends Message> Arguments noun(M message, Function<M, Object> read) {
    Function<Message, Object> any = given -> read.apply((M) given);
    return Arguments.of(message.getDescriptorForType().getFullName(), message, any);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nouns")
  void everyFieldIsRead(String name, Message empty, Function<Message, Object> read) {
    List<String> unread = new ArrayList<>();
    for (FieldDescriptor field : empty.getDescriptorForType().getFields()) {
      Message one = set(empty.newBuilderForType(), field).build();
      if (read.apply(one).equals(read.apply(empty))) {
        unread.add(field.getName());
      }
    }
    assertThat(unread).isEmpty();
  }

  private static Message.Builder set(Message.Builder message, FieldDescriptor field) {
    if (field.isMapField()) {
      Message.Builder entry = message.newBuilderForField(field);
      set(entry, entry.getDescriptorForType().findFieldByName("key"));
      set(entry, entry.getDescriptorForType().findFieldByName("value"));
      return message.addRepeatedField(field, entry.build());
    }
    return message.setField(
        field,
        switch (field.getJavaType()) {
          case STRING -> "7s";
          case INT -> 7;
          case BOOLEAN -> true;
          case BYTE_STRING -> com.google.protobuf.ByteString.copyFromUtf8("7");
          case ENUM -> field.getEnumType().findValueByNumber(2);
          case MESSAGE ->
              field.getMessageType().equals(Timestamp.getDescriptor())
                  ? Timestamp.newBuilder().setSeconds(7).build()
                  : first(message.newBuilderForField(field)).build();
          default -> throw new IllegalStateException(field.getFullName());
        });
  }

  private static Message.Builder first(Message.Builder message) {
    return set(message, message.getDescriptorForType().getFields().getFirst());
  }

  static Stream<Arguments> enums() {
    return Stream.of(
        Arguments.of(dev.ringback.v1.Job.Status.getDescriptor(), Job.Status.class),
        Arguments.of(dev.ringback.v1.Execution.Status.getDescriptor(), Execution.Status.class),
        Arguments.of(dev.ringback.v1.Attempt.Status.getDescriptor(), Attempt.Status.class),
        Arguments.of(dev.ringback.v1.WatchMessage.Type.getDescriptor(), WatchMessage.Type.class));
  }

  @ParameterizedTest
  @MethodSource("enums")
  void everyWordHasItsValue(EnumDescriptor wire, Class<? extends Enum<?>> type) {
    Set<String> words =
        Stream.of(type.getEnumConstants())
            .map(value -> value.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet());
    Set<String> wanted =
        wire.getValues().stream()
            .map(value -> value.getName())
            .filter(name -> !name.endsWith("_unspecified"))
            .collect(Collectors.toSet());
    wanted.add("unknown");
    assertThat(words).isEqualTo(wanted);
  }

  @Test
  void everyReasonHasItsValue() {
    assertThat(Stream.of(Reason.values()).map(Enum::name))
        .containsExactlyInAnyOrderElementsOf(
            ErrorReason.getDescriptor().getValues().stream()
                .map(value -> value.getName().replace("ERROR_REASON_UNSPECIFIED", "UNKNOWN"))
                .toList());
  }

  @Test
  void everyCodeHasItsValue() {
    assertThat(Stream.of(Code.values()).map(Enum::name))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(Status.Code.values())
                .map(Enum::name)
                .filter(name -> !name.equals("OK"))
                .toList());
  }

  @Test
  void bothStatusesSayWhichAreFinal() {
    assertThat(Stream.of(Job.Status.values()).filter(Job.Status::isFinal).map(Enum::name))
        .containsExactly("COMPLETED", "FAILED", "CANCELLED");
    assertThat(
            Stream.of(Execution.Status.values()).filter(Execution.Status::isFinal).map(Enum::name))
        .containsExactly("COMPLETED", "FAILED", "CANCELLED");
  }

  @Test
  void aWordOfANewerRingbackIsUnknown() {
    var newer = dev.ringback.v1.Job.newBuilder().setStatusValue(99).build();
    assertThat(Messages.job(newer).status()).isEqualTo(Job.Status.UNKNOWN);
    assertThat(Messages.job(newer).status().isFinal()).isFalse();
  }

  @Test
  void everyFieldOfARequestCanBeSet() {
    CreateJob job =
        CreateJob.to("https://example.com/")
            .method("PUT")
            .header("a", "b")
            .delay(Duration.ofHours(1))
            .cron("@daily")
            .timeZone("UTC")
            .maxRetries(1)
            .retryPolicy(RetryPolicy.between(Duration.ofSeconds(1), Duration.ofSeconds(2)))
            .attemptDeadline(Duration.ofSeconds(3))
            .label("c", "d")
            .waitAtMost(Duration.ofSeconds(4));
    Set<FieldDescriptor> set =
        Stream.of(
                job.json("{}").scheduledAt(Instant.EPOCH).message(),
                job.body(new byte[] {-1}).message())
            .flatMap(request -> request.getAllFields().keySet().stream())
            .collect(Collectors.toSet());
    // The other name of `method` is for REST.
    assertThat(missing(CreateJobRequest.getDescriptor().getFields(), set))
        .containsExactly("http_method");
    assertThat(
            missing(
                ListJobsRequest.getDescriptor().getFields(),
                ListJobs.all()
                    .status(Job.Status.FAILED)
                    .label("a", "b")
                    .pageSize(1)
                    .pageToken("t")
                    .message()
                    .getAllFields()
                    .keySet()))
        .isEmpty();
    // The token is told to the watch.
    assertThat(
            missing(
                WatchJobsRequest.getDescriptor().getFields(),
                WatchJobs.all()
                    .status(Job.Status.FAILED)
                    .label("a", "b")
                    .id("job_1")
                    .type(WatchMessage.Type.JOB_FAILED)
                    .message()
                    .getAllFields()
                    .keySet()))
        .containsExactly("resume_token");
  }

  private static List<String> missing(List<FieldDescriptor> all, Set<FieldDescriptor> set) {
    return all.stream()
        .filter(field -> !set.contains(field))
        .map(FieldDescriptor::getName)
        .toList();
  }

  @Test
  void aBodyIsTextOrBytes() {
    var text = dev.ringback.v1.Job.newBuilder().setBody("Grüße").build();
    assertThat(Messages.job(text).body().text()).contains("Grüße");
    var bytes =
        dev.ringback.v1.Job.newBuilder()
            .setBinaryBody(com.google.protobuf.ByteString.copyFrom(new byte[] {0, -1}))
            .build();
    assertThat(Messages.job(bytes).body().text()).isEmpty();
    assertThat(Messages.job(bytes).body().bytes()).containsExactly(0, -1);
  }

  @Test
  void doesNotPrintSecretsAndBodies() {
    var secret = new SigningSecret("whsec_hidden", Instant.EPOCH, java.util.Optional.empty());
    assertThat(secret.toString()).doesNotContain("hidden");
    assertThat(Body.of("hidden").toString()).isEqualTo("Body[6 bytes]");
  }
}
