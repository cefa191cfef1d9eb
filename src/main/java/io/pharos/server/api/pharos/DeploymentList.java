package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.callback.ReleaseOutcome;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.judge.ReasonCode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/// Deployments with their gates, newest first.
@Schema
public record DeploymentList(List<Item> deployments) {
  /// One deployment.
  ///
  /// @param verdict `running`, `passed`, `failed`, `inconclusive`, `cancelled`, or `unjudged` if it
  ///   ended without a gate
  /// @param why the verdict in a sentence
  /// @param seconds its duration up to its end or now
  /// @param gates its gates, newest first
  public record Item(
      DeploymentView deployment,
      @Schema(
              enumeration = {
                "running",
                "passed",
                "failed",
                "inconclusive",
                "cancelled",
                "unjudged"
              })
          String verdict,
      String why,
      @Schema(description = "Duration up to its end or now.") long seconds,
      List<GateLine> gates) {
    static Item of(Deployment deployment, List<GateRun> runs, GateService gates, Instant now) {
      Optional<GateRun> newest = runs.stream().findFirst();
      ReleaseOutcome outcome =
          ReleaseOutcome.of(
              deployment,
              newest,
              newest.flatMap(it -> gates.effectiveVerdict(it).override()),
              Optional.empty());
      Instant end = deployment.finishedAt();
      return new Item(
          DeploymentView.of(deployment),
          outcome.word().text(),
          outcome.text(),
          Math.max(
              0, Duration.between(deployment.startedAt(), end == null ? now : end).toSeconds()),
          runs.stream().map(GateLine::of).toList());
    }
  }

  /// The main fields of a gate.
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record GateLine(
      String id,
      GateState state,
      @Schema(description = "The reason as a word (docs/format/gates.md).") ReasonCode code,
      String summary,
      @JsonProperty("opened_by") String openedBy,
      @JsonProperty("opened_at") String openedAt,
      @JsonProperty("decided_at") @Nullable String decidedAt,
      String url,
      @JsonProperty("evidence_url") String evidenceUrl) {
    static GateLine of(GateRun run) {
      Instant decidedAt = run.decidedAt();
      String url = "/api/pharos/v1/gates/" + run.id();
      return new GateLine(
          run.id(),
          run.state(),
          run.code(),
          run.summary(),
          run.openedBy(),
          run.openedAt().toString(),
          decidedAt == null ? null : decidedAt.toString(),
          url,
          url + "/evidence");
    }
  }

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
}
