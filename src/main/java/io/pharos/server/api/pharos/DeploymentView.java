package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.gate.deployment.Deployment;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A deployment as the API shows it; times are RFC 3339.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeploymentView(
    String key,
    String service,
    String env,
    String version,
    String sha,
    String strategy,
    String color,
    String candidate,
    String baseline,
    String digest,
    String intent,
    Map<String, String> links,
    @JsonProperty("started_at") String startedAt,
    String status,
    @JsonProperty("finished_at") @Nullable String finishedAt) {
  static DeploymentView of(Deployment deployment) {
    var said = deployment.announcement();
    Instant finishedAt = deployment.finishedAt();
    return new DeploymentView(
        said.key(),
        said.service(),
        said.env(),
        said.version(),
        said.sha(),
        said.strategy().text(),
        said.color(),
        said.candidate(),
        said.baseline(),
        said.digest(),
        said.intent().text(),
        said.links(),
        deployment.startedAt().toString(),
        deployment.status().text(),
        finishedAt == null ? null : finishedAt.toString());
  }
}
