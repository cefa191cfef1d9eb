package io.pharos.gate.hindsight;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.gate.Anchors;
import io.pharos.gate.Gate;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.Gates;
import io.pharos.gate.deployment.Deployments;
import io.pharos.gate.observe.FiringAlerts;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Detects regrets for an hour after each pass: a critical alert contradicts the pass, and the pass
/// contradicts an earlier failure of the same version. Adds each regret to the facts of the
/// contradicted gate. If the firing alerts are unknown, the next check reads them again.
public record RegretWatch(
    Deployments deployments,
    Gates gates,
    FiringAlerts firingAlerts,
    Anchors anchors,
    MeterRegistry meterRegistry) {
  private static final Logger LOG = LoggerFactory.getLogger(RegretWatch.class);

  /// Time after a pass in which a critical alert is a regret.
  static final Duration WATCHED = Duration.ofHours(1);

  /// Maximum number of verdicts that one check reads.
  private static final int MAX_VERDICTS = 500;

  /// Number of a service's newest gates that are searched for older failures and newer releases.
  private static final int NEWEST = 50;

  /// Checks all recent verdicts. Call it every few seconds: an alert may be brief.
  public void check(Instant now) {
    try {
      List<GateRun> passes =
          gates.decidedSince(now.minus(WATCHED), MAX_VERDICTS).stream()
              .filter(run -> run.state() == GateState.PASS)
              .toList();
      if (passes.isEmpty()) {
        return;
      }
      List<FiringAlerts.Active> alerts =
          switch (firingAlerts.read(now, _ -> true)) {
            case FiringAlerts.Answer.Known known -> known.alerts();
            case FiringAlerts.Answer.Unknown _ -> List.of();
          };
      for (GateRun pass : passes) {
        List<GateRun> others = gates.ofService(pass.service(), NEWEST);
        alertAfter(pass, others, alerts)
            .ifPresent(text -> regret(pass, Regret.ALERT_AFTER_PASS, text, now));
        for (GateRun failed : contradicted(pass, others)) {
          regret(
              failed,
              Regret.PASS_AFTER_FAIL,
              "The same version passed later: gate " + pass.id() + " at " + pass.decidedAt() + ".",
              now);
        }
      }
    } catch (StoreUnavailableException e) {
      LOG.warn("Cannot check gates for regrets, will retry: {}", e.getMessage());
    }
  }

  private Optional<String> alertAfter(
      GateRun pass, List<GateRun> others, List<FiringAlerts.Active> alerts) {
    Instant passedAt = requireNonNull(pass.decidedAt());
    Instant until = until(pass, others, passedAt.plus(WATCHED));
    @Nullable Gate gate = gate(pass);
    return gate == null
        ? Optional.empty()
        : alerts.stream()
            .filter(alert -> alert.firing() && alert.labels().get("severity").equals("critical"))
            .filter(alert -> !alert.activeAt().isBefore(passedAt))
            .filter(alert -> alert.activeAt().isBefore(until))
            .filter(alert -> gate.concerns(alert.labels()))
            .findFirst()
            .map(
                alert ->
                    "%s has fired since %s, %d s after the pass: %s"
                        .formatted(
                            alert.labels().get("alertname"),
                            alert.activeAt(),
                            Duration.between(passedAt, alert.activeAt()).toSeconds(),
                            alert.labels()));
  }

  /// Returns until when alerts are attributed to this release: `end`, or the opening of another
  /// release's first gate if that is earlier.
  private static Instant until(GateRun pass, List<GateRun> others, Instant end) {
    return others.stream()
        .filter(other -> other.env().equals(pass.env()))
        .filter(other -> !other.deploymentKey().equals(pass.deploymentKey()))
        .map(GateRun::openedAt)
        .filter(opened -> opened.isAfter(pass.openedAt()) && opened.isBefore(end))
        .min(Instant::compareTo)
        .orElse(end);
  }

  private @Nullable Gate gate(GateRun run) {
    var policy = run.storedPolicy();
    var deployment = deployments.find(run.deploymentKey());
    return policy.isPresent() && deployment.isPresent()
        ? new Gate(policy.get(), deployment.get(), run.openedAt())
        : null;
  }

  private static List<GateRun> contradicted(GateRun pass, List<GateRun> others) {
    return others.stream()
        .filter(other -> other.state() == GateState.FAIL)
        .filter(other -> other.env().equals(pass.env()) && other.version().equals(pass.version()))
        .filter(other -> other.openedAt().isBefore(pass.openedAt()))
        .toList();
  }

  private void regret(GateRun run, String kind, String text, Instant now) {
    List<GateFact> facts = gates.facts(run.id());
    if (facts.isEmpty()
        || Regret.among(facts).stream().anyMatch(regret -> regret.kind().equals(kind))) {
      return; // an older version of Pharos opened the gate, or the regret is already recorded
    }
    GateFact fact =
        facts.getLast().next(GateFact.REGRETTED, now, new Regret(kind, now, text).content());
    switch (gates.append(fact)) {
      case OVERTAKEN -> {} // the next check reads the fact that another process added
      case RECORDED -> {
        meterRegistry
            .counter(
                "pharos.gate.regrets", "service", run.service(), "env", run.env(), "kind", kind)
            .increment();
        LOG.warn("{}, but a later event contradicts the verdict ({}): {}", run.title(), kind, text);
        anchors.anchor(run, fact);
      }
    }
  }
}
