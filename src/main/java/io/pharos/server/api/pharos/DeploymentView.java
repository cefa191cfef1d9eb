package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.gate.deployment.Deployment;
import java.time.Instant;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/// A deployment in answers; times are RFC 3339.
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema
public record DeploymentView(
    String key,
    String service,
    String env,
    String version,
    String sha,
    @Schema(enumeration = {"recreate", "rolling", "blue-green", "canary"}) String strategy,
    String color,
    String candidate,
    String baseline,
    String digest,
    @Schema(enumeration = {"change", "fix"}) String intent,
    Map<String, String> links,
    @JsonProperty("started_at") String startedAt,
    @Schema(enumeration = {"in_progress", "succeeded", "failed", "rolled_back"}) String status,
    @Schema(description = "Absent while it is in progress.") @JsonProperty("finished_at")
        @Nullable String finishedAt) {
  static DeploymentView of(Deployment deployment) {
    var announcement = deployment.announcement();
    Instant finishedAt = deployment.finishedAt();
    return new DeploymentView(
        announcement.key(),
        announcement.service(),
        announcement.env(),
        announcement.version(),
        announcement.sha(),
        announcement.strategy().text(),
        announcement.color(),
        announcement.candidate(),
        announcement.baseline(),
        announcement.digest(),
        announcement.intent().text(),
        announcement.links(),
        deployment.startedAt().toString(),
        deployment.status().text(),
        finishedAt == null ? null : finishedAt.toString());
  }
}
