package dev.ringback.server.api;

import dev.ringback.server.api.job.JobApi;
import dev.ringback.server.api.tenant.SigningSecretApi;
import dev.ringback.server.api.watch.EventStreamApi;
import io.grpc.BindableService;
import java.util.List;

/** What is served, over gRPC and over REST. */
public record Services(JobApi jobs, EventStreamApi eventStreams, SigningSecretApi signingSecrets) {
  List<BindableService> all() {
    return List.of(jobs, eventStreams, signingSecrets);
  }
}
