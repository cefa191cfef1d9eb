package io.pharos.release.hindsight;

import io.pharos.release.gate.GateRun;
import io.pharos.release.gate.GateRunBuilder;

/// Rows as somebody might write them into the store.
final class Forged {
  private Forged() {}

  static GateRun withChecks(GateRun run, String checks) {
    return GateRunBuilder.of(run).checks(GateRun.checksFromJson(checks)).build();
  }
}
