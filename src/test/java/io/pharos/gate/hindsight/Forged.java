package io.pharos.gate.hindsight;

import io.pharos.gate.GateRun;
import io.pharos.gate.GateRunBuilder;

/// Rows of the store as an attacker might change them.
final class Forged {
  private Forged() {}

  static GateRun withChecks(GateRun run, String checks) {
    return GateRunBuilder.of(run).checks(GateRun.checksFromJson(checks)).build();
  }
}
