package io.pharos.server.web.release;

import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.rollout.Rollout;
import io.pharos.rollout.RolloutService;
import io.pharos.server.web.design.PageText;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A deployment with its gates and its rollout.
///
/// @param gates newest first
record Release(Deployment deployment, List<Judged> gates, Optional<Rollout> rollout) {
  private static final String LEAD = "The release must not continue: ";

  Release {
    gates = List.copyOf(gates);
  }

  /// A gate with the verdict that applies.
  record Judged(GateRun run, EffectiveVerdict effective) {
    /* A pass, or a person's decision, that a deployment used does not become another later. */
    static Judged of(GateRun run, EffectiveVerdict effective, DeploymentStatus status) {
      if (status != DeploymentStatus.SUCCEEDED || !effective.expired()) {
        return new Judged(run, effective);
      }
      GateState used = effective.override().map(GateOverride::outcome).orElse(run.state());
      return new Judged(
          run, new EffectiveVerdict(used, false, effective.expiresAt(), effective.overrides()));
    }

    VerdictWord word() {
      return VerdictWord.of(run, effective);
    }

    /* The word beside the sentence says already what the verdict means. */
    String why() {
      String own = run.summary();
      String sentence = own.startsWith(LEAD) ? own.substring(LEAD.length()) : own;
      return effective
          .override()
          .map(it -> "%s: %s".formatted(PageText.of(it.by()), it.reason()))
          .orElseGet(() -> PageText.of(sentence));
    }
  }

  /// Reads the gates and the rollout of a deployment.
  static Release read(Deployment deployment, GateService gates, RolloutService rollouts) {
    return new Release(
        deployment,
        gates.ofDeployment(deployment.key()).stream()
            .map(run -> Judged.of(run, gates.effectiveVerdict(run), deployment.status()))
            .toList(),
        rollouts.ofDeployment(deployment.key()));
  }

  /// Returns the newest gate; empty if there is none.
  Optional<Judged> newest() {
    return gates.stream().findFirst();
  }

  /// Returns the reason of the verdict that applies as a sentence; what is known without a gate.
  String why() {
    return newest()
        .map(Judged::why)
        .orElseGet(
            () ->
                deployment.status().isFinal()
                    ? "No gate has judged it."
                    : "It is being deployed; there is no gate yet.");
  }

  /// Returns how long the deployment took, until now if it has not ended.
  Duration took(Instant now) {
    Instant end = deployment.finishedAt();
    Duration span = Duration.between(deployment.startedAt(), end == null ? now : end);
    return span.isNegative() ? Duration.ZERO : span;
  }

  /// Returns the rollout that is under way; empty if there is none.
  Optional<Rollout> underWay() {
    return rollout.filter(it -> !it.isEnded());
  }
}
