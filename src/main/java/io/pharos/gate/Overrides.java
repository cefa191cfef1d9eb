package io.pharos.gate;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Deployments;
import io.pharos.gate.deployment.InvalidFieldException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Records people's decisions in place of gates' verdicts. The verdict stays stored. A decision to
/// pass expires like a pass of the gate itself.
record Overrides(
    Deployments deployments,
    Gates gates,
    Anchors anchors,
    InstantSource clock,
    MeterRegistry meterRegistry) {
  private static final Logger LOG = LoggerFactory.getLogger(Overrides.class);

  /// Minimum length of a reason, in characters.
  private static final int MIN_REASON = 10;

  private static final int MAX_REASON = 1_000;

  /// How often a decision is recorded anew when observations are recorded at the same time. A gate
  /// is observed at most once a second, so that a second attempt usually succeeds.
  private static final int MAX_ATTEMPTS = 5;

  /// Maximum number of decisions about one gate; only a script would make more.
  private static final int MAX_DECISIONS = 20;

  /// Number of the service's newest gates that are checked for a gate newer than the overridden
  /// one.
  private static final int CHECKED_GATES = 50;

  /// Records a decision. Repeating the last decision changes nothing.
  ///
  /// @param by name of the token
  /// @throws InvalidFieldException when the outcome or the reason is invalid
  GateService.Overridden decide(GateRun run, String outcome, String reason, String by) {
    GateState wanted =
        switch (outcome) {
          case "PASS" -> GateState.PASS;
          case "FAIL" -> GateState.FAIL;
          default -> throw new InvalidFieldException("outcome", outcome, "PASS or FAIL");
        };
    String why = reason.strip().replace('\0', '?'); // PostgreSQL's text type does not accept NUL
    int length = why.codePointCount(0, why.length());
    if (length < MIN_REASON || length > MAX_REASON) {
      throw new InvalidFieldException(
          "reason",
          length > MAX_REASON ? length + " characters" : why,
          "a reason of " + MIN_REASON + " to " + MAX_REASON + " characters");
    }
    List<GateOverride> before = gates.overrides(run.id());
    GateRun current = run;
    for (int i = 0; i < MAX_ATTEMPTS && gates.overrides(run.id()).equals(before); i++) {
      Optional<GateService.Overridden> decided = attempt(current, before, wanted, why, by);
      if (decided.isPresent()) {
        return decided.get();
      }
      current = gates.find(run.id()).orElse(run);
    }
    return new GateService.Overridden.Refused(
        run, "another decision or observation was recorded at the same time; read the gate again");
  }

  /* Returns empty if another decision or an observation was recorded at the same time. */
  private Optional<GateService.Overridden> attempt(
      GateRun run, List<GateOverride> before, GateState wanted, String why, String by) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    if (!before.isEmpty() && isSame(before.getLast(), wanted, why, by)) {
      return Optional.of(new GateService.Overridden.Made(run));
    }
    Optional<String> refusal =
        before.size() >= MAX_DECISIONS
            ? Optional.of("it was overridden " + MAX_DECISIONS + " times; open a new gate")
            : wanted == GateState.PASS ? passRefusal(run, before) : Optional.empty();
    if (refusal.isPresent()) {
      return Optional.of(new GateService.Overridden.Refused(run, refusal.get()));
    }
    GateOverride made = GateOverride.append(run, before, wanted, why, by, now);
    GateFact fact =
        gates
            .lastFact(run.id())
            .map(last -> last.next(GateFact.OVERRIDDEN, now, GateHistory.override(made)))
            .orElse(null);
    return switch (gates.override(made, fact)) {
      case OVERTAKEN -> Optional.empty();
      case RECORDED -> {
        report(run, made);
        if (fact != null) {
          anchors.anchor(run, fact);
        }
        yield Optional.of(new GateService.Overridden.Made(run));
      }
    };
  }

  private static boolean isSame(GateOverride last, GateState outcome, String reason, String by) {
    return last.outcome() == outcome && last.reason().equals(reason) && last.by().equals(by);
  }

  private void report(GateRun run, GateOverride made) {
    meterRegistry
        .counter(
            "pharos.gate.overrides",
            "service",
            run.service(),
            "env",
            run.env(),
            "state",
            run.state().name(),
            "outcome",
            made.outcome().name())
        .increment();
    LOG.warn(
        "{} is overridden to {} by {}, chain {}: {}",
        run.title(),
        made.outcome(),
        made.by(),
        made.chain(),
        made.reason());
  }

  /// Returns the last decision of a person, or else the gate's own verdict.
  ///
  /// @param expired whether the gate's own pass has become invalid
  EffectiveVerdict effectiveVerdict(GateRun run, boolean expired) {
    List<GateOverride> overrides = gates.overrides(run.id());
    if (overrides.isEmpty()) {
      return new EffectiveVerdict(
          expired ? GateState.INCONCLUSIVE : run.state(), expired, run.passExpiresAt(), overrides);
    }
    GateOverride last = overrides.getLast();
    if (last.outcome() == GateState.FAIL) {
      return new EffectiveVerdict(GateState.FAIL, false, null, overrides);
    }
    Instant expiresAt =
        run.storedPolicy()
            .map(policy -> last.at().plus(policy.passValid()))
            .orElse(Instant.EPOCH); // only the policy says how long a pass is valid
    boolean invalid =
        clock.instant().isAfter(expiresAt) || obsolete(run).isPresent() || !isRecorded(last);
    return new EffectiveVerdict(
        invalid ? GateState.INCONCLUSIVE : GateState.PASS, invalid, expiresAt, overrides);
  }

  private boolean isRecorded(GateOverride override) {
    return gates.remarks(List.of(override.gateId())).stream()
        .filter(fact -> fact.kind().equals(GateFact.OVERRIDDEN))
        .anyMatch(fact -> fact.content().equals(GateHistory.override(override)));
  }

  /// Returns why the gate cannot be overridden to PASS; empty if it can.
  private Optional<String> passRefusal(GateRun run, List<GateOverride> before) {
    if (before.isEmpty() && run.state() == GateState.RUNNING) {
      return Optional.of("it is still running and has no verdict to override; cancel it first");
    }
    if (before.isEmpty() && run.state() == GateState.PASS) {
      return Optional.of("it has passed; if the pass has expired, open a new gate");
    }
    return obsolete(run);
  }

  /// Returns why the judged release can no longer continue; empty if it can.
  private Optional<String> obsolete(GateRun run) {
    Optional<Deployment> deployment = deployments.find(run.deploymentKey());
    if (deployment.isEmpty()) {
      return Optional.of("its deployment no longer exists");
    }
    DeploymentStatus status = deployment.get().status();
    if (status == DeploymentStatus.FAILED || status == DeploymentStatus.ROLLED_BACK) {
      return Optional.of("its deployment ended as " + status.text());
    }
    return gates.ofService(run.service(), CHECKED_GATES).stream()
        .filter(newer -> newer.env().equals(run.env()))
        .filter(newer -> newer.openedAt().isAfter(run.openedAt()))
        .filter(newer -> !newer.deploymentKey().equals(run.deploymentKey()))
        .map(newer -> "the newer gate " + newer.id() + " judges version " + newer.version())
        .findFirst();
  }
}
