package dev.ringback.server.api.job;

import com.google.api.HttpBody;
import com.google.protobuf.Message;
import dev.ringback.server.api.call.CallContext;
import dev.ringback.server.api.call.RequestCheck;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.job.ContentHash;
import dev.ringback.server.job.IdempotencyKey;
import dev.ringback.server.job.JobDefaults;
import dev.ringback.server.job.JobRequest;
import dev.ringback.server.store.job.Creation;
import dev.ringback.v1.BatchCreateJobsRequest;
import dev.ringback.v1.CreateJobRequest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads the calls that create jobs: the jobs, and the idempotency keys they come under.
 *
 * <p>Thread-safe.
 */
public final class CreationReader implements RequestCheck {
  static final int MAX_BATCH = 1_000;

  private static final String KEY_FIELD = "idempotency_key";
  private static final String KEY_HEADER = "idempotency-key";
  private static final Pattern KEY = Pattern.compile("[!-~]{1,255}");

  private final JobDefaults defaults;
  private final JobRequestReader jobs;
  private final FetchReader fetches;

  public CreationReader(JobDefaults defaults, int maxBodyBytes, InstantSource clock) {
    this.defaults = defaults;
    this.jobs = new JobRequestReader(defaults.retryPolicy().minBackoff(), maxBodyBytes, clock);
    this.fetches = new FetchReader(maxBodyBytes);
  }

  /**
   * Reads a job.
   *
   * @param violations what was found wrong with the request so far; told together with what is here
   */
  Creation read(CreateJobRequest request, CallContext call, Violations violations) {
    JobRequest asked = jobs.read(request, violations);
    String field = request.getIdempotencyKey();
    String header = call.header(KEY_HEADER, violations);
    if (!field.isEmpty() && !header.isEmpty() && !field.equals(header)) {
      violations.add(KEY_FIELD, "must be the same as the Idempotency-Key header");
    }
    Optional<String> key =
        field.isEmpty() ? key(KEY_HEADER, header, violations) : key(KEY_FIELD, field, violations);
    violations.check();
    return creation(call, asked, defaults, key);
  }

  Creation read(HttpBody request, CallContext call) {
    Violations violations = new Violations();
    Optional<String> key = key(KEY_HEADER, call.header(KEY_HEADER, violations), violations);
    JobRequest asked = fetches.read(request, call, violations);
    violations.check();
    return creation(call, asked, defaults.ofRelays(), key);
  }

  private static Creation creation(
      CallContext call, JobRequest asked, JobDefaults defaults, Optional<String> key) {
    return new Creation(
        call.projectId(),
        asked.spec(defaults),
        key.map(text -> new IdempotencyKey(text, ContentHash.of(asked))));
  }

  /** Of a request to create; nothing is known of others. */
  @Override
  public void check(Message request, CallContext call, Violations violations) {
    switch (request) {
      case CreateJobRequest create -> read(create, call, violations);
      case BatchCreateJobsRequest batch -> read(batch, call, violations);
      default -> {}
    }
  }

  /**
   * Reads all jobs of a batch; what is wrong with any of them is told at once.
   *
   * @param violations what was found wrong with the request so far; told together with what is here
   */
  List<Creation> read(BatchCreateJobsRequest request, CallContext call, Violations violations) {
    int count = request.getRequestsCount();
    if (count < 1 || count > MAX_BATCH) {
      violations.add("requests", "must be from 1 to %d jobs, not %d".formatted(MAX_BATCH, count));
      violations.check();
    }
    Optional<String> header = key(KEY_HEADER, call.header(KEY_HEADER, violations), violations);
    List<Creation> creations = new ArrayList<>(count);
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < count; i++) {
      CreateJobRequest one = request.getRequests(i);
      Violations within = violations.within("requests[" + i + "]");
      JobRequest asked = jobs.read(one, within);
      if (!one.getWait().isEmpty()) {
        within.add("wait", "must not be given in a batch");
      }
      Optional<String> key = key(KEY_FIELD, one.getIdempotencyKey(), within);
      if (key.isPresent()) {
        if (header.isPresent()) {
          within.add(KEY_FIELD, "must not be given together with the Idempotency-Key header");
        }
        Integer first = places.putIfAbsent(key.get(), i);
        if (first != null && !sameContent(creations.get(first), asked)) {
          within.add(
              KEY_FIELD, "is that of requests[%d] too, which has other content".formatted(first));
        }
      } else if (header.isPresent()) {
        // No key that a caller can give holds a space.
        key = Optional.of(header.get() + " " + i);
      }
      creations.add(creation(call, asked, defaults, key));
    }
    violations.check();
    return creations;
  }

  private static boolean sameContent(Creation one, JobRequest other) {
    return Arrays.equals(one.idempotencyKey().orElseThrow().contentHash(), ContentHash.of(other));
  }

  private static Optional<String> key(String field, String key, Violations violations) {
    if (key.isEmpty()) {
      return Optional.empty();
    }
    if (!KEY.matcher(key).matches()) {
      violations.add(field, "must be 1 to 255 visible ASCII characters");
    }
    return Optional.of(key);
  }
}
