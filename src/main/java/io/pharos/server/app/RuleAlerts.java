package io.pharos.server.app;

import io.pharos.alerting.silence.Silences;
import io.pharos.gate.FiringAlerts;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleSnapshot;
import java.time.Instant;
import java.util.ArrayList;

/// The alerts of this process' own rules, for the gate. A rule that fails, or that has not been
/// evaluated since it was loaded, makes the answer unknown.
record RuleAlerts(RuleManager rules, Silences silences) implements FiringAlerts {
  @Override
  public Answer read(Instant now) {
    var alerts = new ArrayList<Active>();
    int count = 0;
    Instant oldest = now;
    for (GroupSnapshot group : rules.groups()) {
      boolean alerting = false;
      for (RuleSnapshot rule : group.rules()) {
        if (rule.evaluation().health() == RuleHealth.ERR) {
          return new Answer.Unknown(
              "rule " + rule.name() + " can't be evaluated: " + rule.evaluation().lastError());
        }
        if (rule instanceof RuleSnapshot.Alerting one) {
          if (one.state() == AlertState.UNKNOWN) {
            return new Answer.Unknown("rule " + one.name() + " has not been evaluated yet");
          }
          alerting = true;
          count++;
          one.alerts().stream()
              .map(
                  alert ->
                      new Active(
                          alert.labels(),
                          alert.activeAt(),
                          alert.state() == AlertState.FIRING,
                          !silences.mutedBy(alert.labels()).isEmpty()))
              .forEach(alerts::add);
        }
      }
      if (alerting) {
        Instant evaluated = group.lastEvaluation();
        if (evaluated == null) {
          return new Answer.Unknown("rule group " + group.name() + " has not been evaluated yet");
        }
        oldest = evaluated.isBefore(oldest) ? evaluated : oldest;
      }
    }
    return new Answer.Known(count, oldest, alerts);
  }
}
