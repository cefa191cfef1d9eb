package io.pharos.gate;

import static io.pharos.model.SharedMapper.JSON;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.pharos.config.yaml.ConfigException;
import io.pharos.gate.deployment.Sha256;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One gate as the store keeps it: what it is about, under which policy, and where it stands.
///
/// @param id random, as it stands in addresses
/// @param idempotencyKey the caller's; two requests with one key are one gate
/// @param payloadHash SHA-256 of what was asked, to tell the same request from another one
/// @param policyText the policy itself, which stays in force for this gate
/// @param openedBy the name of the token
/// @param evaluations how many observations the audit trail has
/// @param chain the hash that the audit trail ends in
/// @param decidedAt when the state became final; null while running
/// @param nextCheckAt when it is observed next; null once that is over. A pass is observed as long
///   as it may be used
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
    requireNonNull(id, "id is null");
    requireNonNull(openedAt, "openedAt is null");
    requireNonNull(deadline, "deadline is null");
    requireNonNull(state, "state is null");
    requireNonNull(code, "code is null");
    checks = List.copyOf(checks);
    if (state.isFinal() == (decidedAt == null)) {
      throw new IllegalArgumentException(
          state + " with decidedAt " + decidedAt + ": a final state has a time");
    }
  }

  /// Whether it is still observed.
  public boolean isObserved() {
    return nextCheckAt != null;
  }

  /// This gate one observation later.
  ///
  /// @param next null if it is the last one
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

  /// A text that every store can keep: PostgreSQL's has no NUL.
  static String storable(String text) {
    return text.replace('\0', '?');
  }

  /// This gate as it stands, observed no more.
  GateRun left() {
    return with(evaluations, chain, state, code, summary, checks, decidedAt, null);
  }

  /// This gate, ended without a further observation.
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

  /// The policy that the gate was opened under.
  ///
  /// @throws IllegalStateException when the store has another text than that
  public GatePolicy policy() {
    return storedPolicy()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "gate " + id + " has lost its policy " + policyId + " for " + env));
  }

  /// The policy that the gate was opened under; empty when the store has another text than that.
  public Optional<GatePolicy> storedPolicy() {
    if (!Sha256.hex(policyText).equals(policyHash)) {
      return Optional.empty();
    }
    try {
      return GatePolicies.stored(policyId, policyText).find(service, env);
    } catch (ConfigException _) { // nobody knows what it said
      return Optional.empty();
    }
  }

  /// When a pass may no longer be used; null unless the gate passed under a policy that is known.
  public @Nullable Instant passExpiresAt() {
    Instant passedAt = decidedAt;
    return state == GateState.PASS && passedAt != null
        ? storedPolicy().map(policy -> passedAt.plus(policy.passValid())).orElse(null)
        : null;
  }

  /// Whether it passed and the time in which its policy lets the pass be used is not over.
  boolean mayBeUsed(Instant now) {
    Instant expiresAt = passExpiresAt();
    return expiresAt != null && !now.isAfter(expiresAt);
  }

  /// The checks as JSON, for the store.
  public String checksJson() {
    return checksJson(checks);
  }

  static String checksJson(List<CheckReport> checks) {
    try {
      return JSON.writeValueAsString(checks);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("checks always have a JSON form", e);
    }
  }

  /// The checks that [#checksJson] wrote.
  ///
  /// @throws IllegalArgumentException when the text holds none
  public static List<CheckReport> checksFromJson(String json) {
    try {
      return JSON.readValue(json, REPORTS);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not checks: " + e.getOriginalMessage(), e);
    }
  }
}
