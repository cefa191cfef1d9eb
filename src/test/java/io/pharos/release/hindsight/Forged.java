package io.pharos.release.hindsight;

import io.pharos.release.gate.GateRun;

/// Rows as somebody might write them into the store.
final class Forged {
  private Forged() {}

  static GateRun withChecks(GateRun run, String checks) {
    return new GateRun(
        run.id(),
        run.idempotencyKey(),
        run.payloadHash(),
        run.deploymentKey(),
        run.service(),
        run.env(),
        run.version(),
        run.policyId(),
        run.policyVersion(),
        run.policyHash(),
        run.policyText(),
        run.openedBy(),
        run.openedAt(),
        run.deadline(),
        run.evaluations(),
        run.chain(),
        run.state(),
        run.code(),
        run.summary(),
        GateRun.checksFromJson(checks),
        run.decidedAt(),
        run.nextCheckAt());
  }
}
