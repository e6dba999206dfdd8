package dev.ringback.server.api.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.HttpBody;
import com.google.protobuf.ByteString;
import dev.ringback.server.api.RestJson;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.job.IdempotencyKey;
import dev.ringback.server.job.JobDefaults;
import dev.ringback.server.store.job.Creation;
import dev.ringback.v1.CreateJobRequest;
import io.grpc.Metadata;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Creates, and the hashes of what they ask for. A hash that stands here must never change: a create
 * that is repeated at a node of the next version would be refused, as one of other content.
 */
class GoldenHashesTest {
  private final CreationReader reader = reader(Duration.ofSeconds(10));

  private static CreationReader reader(Duration minBackoff) {
    return new CreationReader(
        JobDefaults.of(minBackoff, Duration.ofHours(1), Duration.ofSeconds(30)),
        1_000,
        InstantSource.fixed(Instant.parse("2027-03-30T10:00:00Z")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"url": "https://example.com/a"} | 017fbc1a9d66fc7ac4c5892ce05a80c4bd84e152961f444210a8d061d362fa1db8
          {"url": "https://example.com/a?b=%20#c"} | 01f51043e2e1a471cc63397c73417a9b3d3ed2cd68e5ab38adb69a4205244ea1ec
          {"url": "https://example.com/a", "method": "POST"} | 015ece66d35c5aa135301f615c6c7dbe9704b51ccae234a891e4a606df9e0cf68d
          {"url": "https://example.com/a", "http_method": "put"} | 0166fce76daa6cca10a0a6669cb12d8d4e0885922970cb3ea41b4e533443a620b6
          {"url": "https://example.com/a", "headers": {"X-B": "2", "x-a": ""}} | 01c6f668e0cc8fb1374ae579bfe100c788c6304f42d1a0853be18f1b870db13bbc
          {"url": "https://example.com/a", "body": "grün"} | 0170903d6ecb7a6b7a954fe6bf87d48f7031b2b4b840511c70f332ce3b165834bc
          {"url": "https://example.com/a", "binary_body": "AP8="} | 01b0256cc66bec73c36ad370bc0708f5c59985e5af74ae9925f691bc801936cca8
          {"url": "https://example.com/a", "scheduled_at": "2027-03-30T12:00:00.1234567+02:00"} | 01930e7bdd3867b31f858b98e597c5ec805c6389c365d563a5153982746abdfac1
          {"url": "https://example.com/a", "scheduled_at": "0001-01-01T00:00:00Z"} | 017f8badf85dc2fbe9a56c2f6d6dde9fcbb55784dad8d6d737d9289fcc6a5b4d4c
          {"url": "https://example.com/a", "delay": "0s"} | 0151ec21b648f9620e218cc734daa67b36b94fe00c90cf044691d14ccd8fa15a89
          {"url": "https://example.com/a", "delay": "1.5h"} | 01aa9114370e1588e9e83b154b2c7f6ab61f1228890e215d95a66c8a8b5cf84b42
          {"url": "https://example.com/a", "cron": "0 9 * * 1-5"} | 01977f216ecb6ebc88158c7de6103785a2c7fef4ae6bd0eced1ae4e937a541ceaa
          {"url": "https://example.com/a", "max_retries": 0} | 01b7d9120b5eb61882075167b1f6fcb7a63d308dc7dce4f7db0812d0574214873f
          {"url": "https://example.com/a", "retry_policy": {"min_backoff": "10s"}} | 010f2ea15578b81a8465f165ffc0ac01c98be2336351abec9e7a4b15c6b4479f24
          {"url": "https://example.com/a", "retry_policy": {"max_backoff": "1h"}} | 01d38ee8675e22c3e3b19d83c0e9c244ea7be44140a790f1a94a4becb71d122c6e
          {"url": "https://example.com/a", "retry_policy": {"max_retry_duration": "24h"}} | 01787bff417e7509b4c0c80536ff3e9db6a1d2a63a13d456af1346d84d6ae89b34
          {"url": "https://example.com/a", "attempt_deadline": "30s"} | 019792c9cc70c2f92fb772d0a51f0c195d827d4c1f8b2a6c9cf5ff67a59c74e726
          {"url": "https://example.com/a", "labels": {"tier": "1", "team/a.b": "größe"}} | 0114a456f7259751aec68d0c23b90f1618a0bc82ce6f401cca6bc3549035ab0073
          """)
  void neverChange(String json, String hash) {
    assertThat(hash(json)).isEqualTo(hash);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"url": "http://h/", "method": "PUT"}         | {"url": "http://h/", "http_method": "put"}
          {"url": "http://h/", "body": "a"}             | {"url": "http://h/", "binary_body": "YQ=="}
          {"url": "http://h/", "headers": {"a": "1"}}   | {"url": "http://h/", "headers": {"A": "1"}}
          {"url": "http://h/", "delay": "90s"}          | {"url": "http://h/", "delay": "1m30s"}
          {"url": "http://h/", "cron": "@daily"}        | {"url": "http://h/", "cron": "@daily", "time_zone": "UTC"}
          {"url": "http://h/", "scheduled_at": "2027-03-30T10:00:00Z"} | {"url": "http://h/", "scheduled_at": "2027-03-30T12:00:00.0000001+02:00"}
          """)
  void areTheSameForTheSame(String one, String other) {
    assertThat(hash(one)).isEqualTo(hash(other));
  }

  /** What is left open is no part of what was asked. */
  @Test
  void doNotDependOnDefaults() {
    String json = "{\"url\": \"http://h/\"}";
    Creation before = read(reader, json);
    Creation after = read(reader(Duration.ofSeconds(20)), json);
    assertThat(after.spec().delivery().retryPolicy())
        .isNotEqualTo(before.spec().delivery().retryPolicy());
    assertThat(hash(after)).isEqualTo(hash(before));
  }

  @Test
  void areTheSameOverGrpcRestAndAsARelay() {
    CreateJobRequest.Builder message =
        CreateJobRequest.newBuilder()
            .setUrl("http://h/")
            .setMethod("PUT")
            .putHeaders("content-type", "text/plain")
            .setBody("a")
            .setDelay("90s")
            .setMaxRetries(7);
    message.getRetryPolicyBuilder().setMaxRetryDuration("1h");
    Metadata headers = key();
    Map.of(
            "x-fetch-url", "http://h/",
            "x-fetch-method", "PUT",
            "x-delay", "1m30s",
            "x-max-retries", "7",
            "x-max-retry-duration", "60m")
        .forEach((name, value) -> headers.put(CallContext.key(name), value));
    HttpBody relay =
        HttpBody.newBuilder()
            .setContentType("text/plain")
            .setData(ByteString.copyFromUtf8("a"))
            .build();
    String hash = hash(reader.read(message.build(), call(key()), new Violations()));
    assertThat(hash(reader.read(relay, call(headers)))).isEqualTo(hash);
    assertThat(
            hash(
                """
                {"url": "http://h/", "method": "PUT", "headers": {"Content-Type": "text/plain"},
                 "body": "a", "delay": "90s", "max_retries": 7,
                 "retry_policy": {"max_retry_duration": "1h"}}
                """))
        .isEqualTo(hash);
  }

  private static Creation read(CreationReader reader, String json) {
    CreateJobRequest request = RestJson.read(json, CreateJobRequest.newBuilder()).build();
    return reader.read(request, call(key()), new Violations());
  }

  private String hash(String json) {
    return hash(read(reader, json));
  }

  private static String hash(Creation creation) {
    return HexFormat.of()
        .formatHex(creation.idempotencyKey().map(IdempotencyKey::contentHash).orElseThrow());
  }

  private static Metadata key() {
    Metadata headers = new Metadata();
    headers.put(CallContext.key("idempotency-key"), "key");
    return headers;
  }

  private static CallContext call(Metadata headers) {
    return new CallContext(1, headers, new Metadata());
  }
}
