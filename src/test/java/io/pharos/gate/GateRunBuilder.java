package io.pharos.gate;

import io.pharos.gate.judge.CheckReport;
import io.pharos.gate.judge.ReasonCode;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Builds gates for tests: a newly opened one, or a changed copy of another.
public final class GateRunBuilder {
  private String id;
  private String idempotencyKey;
  private String payloadHash;
  private String deploymentKey;
  private String service;
  private String env;
  private String version;
  private String policyId;
  private String policyVersion;
  private String policyHash;
  private String policyText;
  private String openedBy;
  private Instant openedAt;
  private Instant deadline;
  private int evaluations;
  private String chain;
  private GateState state;
  private ReasonCode code;
  private String summary;
  private List<CheckReport> checks;
  private @Nullable Instant decidedAt;
  private @Nullable Instant nextCheckAt;

  private GateRunBuilder(GateRun run) {
    id = run.id();
    idempotencyKey = run.idempotencyKey();
    payloadHash = run.payloadHash();
    deploymentKey = run.deploymentKey();
    service = run.service();
    env = run.env();
    version = run.version();
    policyId = run.policyId();
    policyVersion = run.policyVersion();
    policyHash = run.policyHash();
    policyText = run.policyText();
    openedBy = run.openedBy();
    openedAt = run.openedAt();
    deadline = run.deadline();
    evaluations = run.evaluations();
    chain = run.chain();
    state = run.state();
    code = run.code();
    summary = run.summary();
    checks = run.checks();
    decidedAt = run.decidedAt();
    nextCheckAt = run.nextCheckAt();
  }

  /// Starts from an existing gate.
  public static GateRunBuilder of(GateRun run) {
    return new GateRunBuilder(run);
  }

  /// Starts from a running gate of a backend release with a new id, opened and due at a time.
  public static GateRunBuilder running(String deploymentKey, String version, Instant at) {
    return of(
        new GateRun(
            UUID.randomUUID().toString(),
            UUID.randomUUID().toString(),
            "0".repeat(64),
            deploymentKey,
            "backend",
            "production",
            version,
            "backend",
            "1",
            "1".repeat(64),
            "version: 1\n",
            "ci",
            at,
            at.plusSeconds(1800),
            0,
            "2".repeat(64),
            GateState.RUNNING,
            ReasonCode.WAITING,
            "Waiting for the first observation.",
            List.of(),
            null,
            at));
  }

  public GateRunBuilder idempotencyKey(String changed) {
    idempotencyKey = changed;
    return this;
  }

  public GateRunBuilder service(String changed) {
    service = changed;
    return this;
  }

  public GateRunBuilder policyVersion(String changed) {
    policyVersion = changed;
    return this;
  }

  public GateRunBuilder policyText(String changed) {
    policyText = changed;
    return this;
  }

  public GateRunBuilder openedBy(String changed) {
    openedBy = changed;
    return this;
  }

  public GateRunBuilder summary(String changed) {
    summary = changed;
    return this;
  }

  public GateRunBuilder checks(List<CheckReport> changed) {
    checks = changed;
    return this;
  }

  public GateRunBuilder nextCheckAt(@Nullable Instant changed) {
    nextCheckAt = changed;
    return this;
  }

  /// Sets the number of observations and the last hash of the audit trail.
  public GateRunBuilder observed(int times, String end) {
    evaluations = times;
    chain = end;
    return this;
  }

  /// @param at when it was decided; null while it runs
  public GateRunBuilder stands(GateState now, ReasonCode why, @Nullable Instant at) {
    state = now;
    code = why;
    decidedAt = at;
    return this;
  }

  public GateRun build() {
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
        evaluations,
        chain,
        state,
        code,
        summary,
        checks,
        decidedAt,
        nextCheckAt);
  }
}
