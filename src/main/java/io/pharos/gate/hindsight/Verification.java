package io.pharos.gate.hindsight;

import io.pharos.gate.AuditRow;
import io.pharos.gate.FactChain;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateHistory;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.judge.Observation;
import io.pharos.model.Sha256;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The result of checking that the stored data of one gate was not changed. It cannot detect a gate
/// that was rewritten or deleted as a whole; [AnchorTrail] does.
public sealed interface Verification {
  /// Every stored field matches the chain of facts.
  record Whole(int facts, String chain) implements Verification {}

  /// Data was changed, added or removed.
  ///
  /// @param where describes the first difference
  record Broken(String where) implements Verification {}

  /// The observations are intact. The other data cannot be checked, because an older version of
  /// Pharos opened the gate and wrote no facts.
  record NotCovered(String why) implements Verification {}

  /// Returns the result as text for people.
  default String text() {
    return switch (this) {
      case Whole(int facts, String chain) ->
          "whole: %d facts, the chain ends in %s".formatted(facts, chain);
      case Broken(String where) -> "broken: " + where;
      case NotCovered(String why) -> "not covered: " + why;
    };
  }

  /// Returns the result as a word for machines.
  default String word() {
    return switch (this) {
      case Whole _ -> "whole";
      case Broken _ -> "broken";
      case NotCovered _ -> "not_covered";
    };
  }

  /// Verifies a gate.
  static Verification of(StoredGate gate) {
    Optional<String> broken = trail(gate.run(), gate.trail()).or(() -> overrides(gate));
    if (broken.isEmpty() && gate.facts().isEmpty()) {
      return new NotCovered(
          "the gate was opened by a version of Pharos that wrote no facts, so only its observations"
              + " can be verified, not its deployment and verdicts");
    }
    broken =
        broken
            .or(() -> FactChain.broken(gate.run().id(), gate.facts()))
            .or(() -> row(gate))
            .or(() -> steps(gate.trail(), gate.facts()))
            .or(() -> overrideFacts(gate.overrides(), gate.facts()));
    return broken.isPresent()
        ? new Broken(broken.get())
        : new Whole(gate.facts().size(), gate.facts().getLast().chain());
  }

  /// Describes where the chain of observations is broken; empty if it is intact.
  private static Optional<String> trail(GateRun run, List<AuditRow> trail) {
    String chain = AuditRow.beginning(run.id(), run.policyHash());
    for (int i = 0; i < trail.size(); i++) {
      AuditRow row = trail.get(i);
      String which = "observation " + (i + 1) + " of " + trail.size();
      if (row.seq() != i + 1 || !row.gateId().equals(run.id())) {
        return Optional.of(
            which + " is stored as number " + row.seq() + " of the gate " + row.gateId());
      }
      if (!row.follows(chain)) {
        return Optional.of(which + " does not follow from the previous observation");
      }
      if (!Optional.of(row.at()).equals(observedAt(row))) {
        return Optional.of(
            "%s is stored with the time %s, which differs from the time that it contains"
                .formatted(which, row.at()));
      }
      chain = row.chain();
    }
    if (trail.size() != run.evaluations()) {
      return Optional.of(
          "there are %d observations, but the gate's row counts %d"
              .formatted(trail.size(), run.evaluations()));
    }
    return chain.equals(run.chain())
        ? Optional.empty()
        : Optional.of("the hash of the last observation differs from the hash in the gate's row");
  }

  private static Optional<Instant> observedAt(AuditRow row) {
    try {
      return Optional.of(Instant.ofEpochMilli(Observation.fromJson(row.observation()).atMillis()));
    } catch (IllegalArgumentException _) { // a newer version of Pharos wrote it, or it was changed
      return Optional.empty();
    }
  }

  /// Describes how the row of the gate or of its deployment differs from the facts; empty if they
  /// match.
  private static Optional<String> row(StoredGate gate) {
    GateFact opened = gate.facts().getFirst();
    GateFact last = FactChain.lastStanding(gate.facts());
    return FactChain.difference(GateHistory.fixed(opened), GateHistory.fixed(gate.run()))
        .or(() -> FactChain.difference(GateHistory.standing(last), standing(gate)))
        .or(() -> FactChain.difference(GateHistory.deployment(opened), gate.deployment()))
        .map(where -> "in the row of the gate or its deployment, " + where);
  }

  private static Map<String, String> standing(StoredGate gate) {
    var standing = new LinkedHashMap<>(GateHistory.standing(gate.run()));
    standing.put("checks", Sha256.hex(gate.checks()));
    return standing;
  }

  /// Describes where the chain of decisions is broken; empty if it is intact.
  private static Optional<String> overrides(StoredGate gate) {
    String beginning = GateOverride.beginning(gate.run());
    String previous = beginning;
    int seq = 0;
    for (GateOverride override : gate.overrides()) {
      seq++;
      int evaluations = override.evaluations();
      boolean follows =
          override.seq() == seq
              && evaluations >= 0
              && evaluations <= gate.trail().size()
              && override.follows(
                  previous,
                  evaluations == 0 ? beginning : gate.trail().get(evaluations - 1).chain());
      if (!follows) {
        return Optional.of(
            "override " + seq + " does not follow from the previous override and the observations");
      }
      previous = override.chain();
    }
    return Optional.empty();
  }

  private static Optional<String> overrideFacts(
      List<GateOverride> overrides, List<GateFact> facts) {
    List<String> recorded =
        facts.stream()
            .filter(fact -> fact.kind().equals(GateFact.OVERRIDDEN))
            .map(GateFact::content)
            .toList();
    List<String> stored = overrides.stream().map(GateHistory::override).toList();
    return recorded.equals(stored)
        ? Optional.empty()
        : Optional.of(
            "the stored overrides are %s, but %s were recorded".formatted(stored, recorded));
  }

  /// Describes how the observations differ from the facts that record them; empty if they match.
  private static Optional<String> steps(List<AuditRow> trail, List<GateFact> facts) {
    List<GateFact> observed =
        facts.stream().filter(fact -> fact.kind().equals(GateFact.OBSERVED)).toList();
    if (observed.size() != trail.size()) {
      return Optional.of(
          "there are %d observations, but %d facts of observations"
              .formatted(trail.size(), observed.size()));
    }
    for (int i = 0; i < trail.size(); i++) {
      Map<String, String> standing = GateHistory.standing(observed.get(i));
      if (!trail.get(i).chain().equals(standing.get("chain"))) {
        return Optional.of(
            "observation " + (i + 1) + " differs from the observation that its fact records");
      }
    }
    return Optional.empty();
  }
}
