package io.pharos.gate;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.pharos.config.yaml.ConfigException;
import io.pharos.gate.judge.CheckReport;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.model.Sha256;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One gate in the store: its deployment, its policy and its state.
///
/// @param id random, used in addresses
/// @param idempotencyKey chosen by the caller; a repeated request with this key opens no second
///   gate
/// @param payloadHash SHA-256 of the request, to detect a different request with the same key
/// @param policyText text of the policy, which this gate keeps even if the file changes
/// @param openedBy name of the token that opened the gate
/// @param evaluations number of observations in the audit trail
/// @param chain last hash of the audit trail
/// @param decidedAt when the state became final; null while running
/// @param nextCheckAt time of the next observation; null if there is none. A valid pass is observed
///   too
public record GateRun(
    String id,
    String idempotencyKey,
    String payloadHash,
    String deploymentKey,
    String service,
    String env,
    String version,
    String policyId,
    String policyVersion,
    String policyHash,
    String policyText,
    String openedBy,
    Instant openedAt,
    Instant deadline,
    int evaluations,
    String chain,
    GateState state,
    ReasonCode code,
    String summary,
    List<CheckReport> checks,
    @Nullable Instant decidedAt,
    @Nullable Instant nextCheckAt) {
  private static final TypeReference<List<CheckReport>> REPORTS = new TypeReference<>() {};

  public GateRun {
    checks = List.copyOf(checks);
    if (state.isFinal() == (decidedAt == null)) {
      throw new IllegalArgumentException(
          "expected a time in decidedAt if and only if the state is final, found the state "
              + state
              + " and the time "
              + decidedAt);
    }
  }

  /// Returns whether the gate is still observed.
  public boolean isObserved() {
    return nextCheckAt != null;
  }

  /// Returns this gate after one more observation.
  ///
  /// @param next time of the next observation; null if there is none
  GateRun evaluated(String newChain, Verdict verdict, Instant now, @Nullable Instant next) {
    Instant before = decidedAt;
    Instant since = before != null && verdict.state() == state ? before : now;
    return with(
        evaluations + 1,
        newChain,
        verdict.state(),
        verdict.code(),
        storable(verdict.summary()),
        CheckReport.of(verdict.checks()),
        verdict.state().isFinal() ? since : null,
        next);
  }

  /// Names the gate, its release and its verdict, for log lines.
  public String title() {
    return "Gate %s of %s %s in %s: %s %s".formatted(id, service, version, env, state, code);
  }

  /// Replaces NUL characters, which PostgreSQL's text type does not accept.
  static String storable(String text) {
    return text.replace('\0', '?');
  }

  /// Returns this gate without further observations.
  GateRun unobserved() {
    return with(evaluations, chain, state, code, summary, checks, decidedAt, null);
  }

  /// Returns this gate with the final state INCONCLUSIVE. Used when something other than an
  /// observation ends the gate.
  GateRun ended(ReasonCode reason, String why, Instant now) {
    return with(evaluations, chain, GateState.INCONCLUSIVE, reason, why, checks, now, null);
  }

  private GateRun with(
      int newEvaluations,
      String newChain,
      GateState newState,
      ReasonCode newCode,
      String newSummary,
      List<CheckReport> newChecks,
      @Nullable Instant newDecidedAt,
      @Nullable Instant newNextCheckAt) {
    return new GateRun(
        id,
        idempotencyKey,
        payloadHash,
        deploymentKey,
        service,
        env,
        version,
        policyId,
        policyVersion,
        policyHash,
        policyText,
        openedBy,
        openedAt,
        deadline,
        newEvaluations,
        newChain,
        newState,
        newCode,
        newSummary,
        newChecks,
        newDecidedAt,
        newNextCheckAt);
  }

  /// Returns the policy that the gate was opened under.
  ///
  /// @throws IllegalStateException when the stored text is not that policy
  public GatePolicy policy() {
    return storedPolicy()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "the stored policy " + policyId + " of gate " + id + " is unreadable"));
  }

  /// Returns the policy that the gate was opened under; empty when the stored text is not that
  /// policy.
  public Optional<GatePolicy> storedPolicy() {
    if (!Sha256.hex(policyText).equals(policyHash)) {
      return Optional.empty();
    }
    try {
      return GatePolicy.STORED.parse(policyId, policyText).find(service, env);
    } catch (ConfigException _) { // the stored policy is unreadable
      return Optional.empty();
    }
  }

  /// Returns when a pass expires; null unless the gate passed and its policy is readable.
  public @Nullable Instant passExpiresAt() {
    Instant passedAt = decidedAt;
    return state == GateState.PASS && passedAt != null
        ? storedPolicy().map(policy -> passedAt.plus(policy.passValid())).orElse(null)
        : null;
  }

  /// Returns whether the gate passed and the pass has not expired.
  boolean mayBeUsed(Instant now) {
    Instant expiresAt = passExpiresAt();
    return expiresAt != null && !now.isAfter(expiresAt);
  }

  /// Returns the checks as JSON, for the store.
  public String checksJson() {
    return checksJson(checks);
  }

  static String checksJson(List<CheckReport> checks) {
    try {
      return JSON.writeValueAsString(checks);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write checks as JSON", e);
    }
  }

  /// Parses checks that [#checksJson] wrote.
  ///
  /// @throws IllegalArgumentException when the text contains no checks
  public static List<CheckReport> checksFromJson(String json) {
    try {
      return JSON.readValue(json, REPORTS);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("expected checks as JSON: " + e.getOriginalMessage(), e);
    }
  }
}
