package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.rollout.AgentTrouble;
import io.pharos.rollout.DesiredServers;
import io.pharos.rollout.Lease;
import io.pharos.rollout.Rollout;
import io.pharos.rollout.RolloutEvent;
import io.pharos.rollout.RolloutOrder;
import io.pharos.rollout.RolloutPhase;
import io.pharos.rollout.RolloutPolicy.Stage;
import io.pharos.rollout.RolloutSite;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/// A rollout in answers; times are RFC 3339.
///
/// @param events the rollout's events; empty in lists of rollouts
@Schema
public record RolloutView(
    String id,
    String deployment,
    String service,
    String env,
    String version,
    String policy,
    @JsonProperty("policy_version") String policyVersion,
    @JsonProperty("policy_hash") String policyHash,
    String strategy,
    @JsonProperty("started_by") String startedBy,
    @JsonProperty("started_at") String startedAt,
    @JsonProperty("ended_at") @Nullable String endedAt,
    @Schema(
            enumeration = {
              "PREPARING",
              "STEP",
              "WATCHING",
              "HELD",
              "PAUSED",
              "RETURNING",
              "FINISHING",
              "PROMOTED",
              "RETURNED",
              "ABORTED"
            })
        String phase,
    @Schema(description = "The phase in which a held or paused rollout will continue.")
        @Nullable String within,
    @Schema(description = "What a held rollout waits for: DECISION or APPROVAL.")
        @Nullable String wants,
    @Schema(
            description =
                "Number of the current step, from 1; 0 before the first step and during the return.")
        int step,
    int steps,
    @Schema(description = "Share of traffic for the new version in this step, in percent.")
        @Nullable Integer weight,
    String summary,
    String since,
    @Schema(description = "Whether no agent holds the lease, so that no servers change.")
        boolean stale,
    @Schema(description = "The last holder of the lease.") @Nullable String agent,
    @Schema(description = "Id of the gate that judges the current step.") @Nullable String gate,
    @Schema(ref = "DesiredServers") @Nullable DesiredServers desired,
    @Schema(ref = "DesiredServers") @Nullable DesiredServers approved,
    @Schema(description = "Whether the servers that the agent observed last are as desired.")
        boolean matches,
    List<AgentTrouble> trouble,
    List<Event> events) {

  /// Rollouts, newest first.
  @Schema
  public record RolloutList(List<RolloutView> rollouts) {}

  /// An event of a rollout.
  ///
  /// @param by name of the token or agent that caused the event, or `pharos`
  public record Event(
      long seq,
      String at,
      @Schema(description = "Name of a token or agent, or pharos.") String by,
      String what,
      String phase,
      String why) {
    static Event of(RolloutEvent event) {
      return new Event(
          event.seq(),
          event.at().toString(),
          event.by(),
          event.what().name(),
          event.phase(),
          event.why());
    }
  }

  /// Creates the view of a rollout's current state.
  ///
  /// @param site the site of the rollout's service; null if unknown
  static RolloutView of(
      Rollout rollout, @Nullable RolloutSite site, List<RolloutEvent> events, Instant now) {
    RolloutOrder order = rollout.order();
    List<Stage> steps = order.policy().steps();
    Lease lease = site == null ? null : site.lease();
    int step = rollout.step();
    return new RolloutView(
        order.id(),
        order.deployment(),
        order.service(),
        order.env(),
        order.version(),
        order.policy().id(),
        order.policy().version(),
        order.policy().hash(),
        order.policy().strategy().text(),
        order.startedBy(),
        order.startedAt().toString(),
        rollout.isEnded() ? rollout.since().toString() : null,
        rollout.phase().word(),
        continuesIn(rollout.phase()),
        rollout.phase() instanceof RolloutPhase.Held(_, RolloutPhase.Wants wants)
            ? wants.name()
            : null,
        Math.min(step + 1, steps.size()),
        steps.size(),
        step >= 0 && step < steps.size() ? steps.get(step).weight() : null,
        rollout.why(),
        rollout.since().toString(),
        !rollout.isEnded() && (site == null || !site.isHeld(now)),
        lease == null ? null : lease.holder(),
        rollout.gate(),
        rollout.desired(),
        rollout.approved(),
        rollout.matches(),
        rollout.trouble(),
        events.stream().map(Event::of).toList());
  }

  private static @Nullable String continuesIn(RolloutPhase phase) {
    return switch (phase) {
      case RolloutPhase.Held(RolloutPhase.Forward within, _) -> within.word();
      case RolloutPhase.Paused(RolloutPhase.Forward within) -> within.word();
      case RolloutPhase.Forward _,
          RolloutPhase.Returning _,
          RolloutPhase.Finishing _,
          RolloutPhase.End _ ->
          null;
    };
  }
}
