package io.pharos.rules;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.ArrayList;
import java.util.List;

/// The series that record the alerts of a rule. After a restart, its states are restored from them.
///
/// @param alert name of the rule
/// @param base the labels that the rule sets, as written
record AlertSeries(String alert, Labels base) {
  static final String ALERT_NAME = "alertname";
  static final String ALERTS = "ALERTS";
  static final String ALERTS_FOR_STATE = "ALERTS_FOR_STATE";
  static final String ALERT_STATE = "alertstate";

  /// Returns the samples of a pending or firing alert.
  List<Rule.Sample> samples(ActiveAlert active) {
    Labels state = ofState(active, active.state);
    Labels since = labels(active, ALERTS_FOR_STATE).build();
    return List.of(
        new Rule.Sample(state, 1, null),
        new Rule.Sample(since, Math.floorDiv(active.activeAt, 1000), null));
  }

  /// Returns the `ALERTS` series of an alert in a state.
  Labels ofState(ActiveAlert alert, AlertState state) {
    return labels(alert, ALERTS).set(ALERT_STATE, state.text()).build();
  }

  private Labels.Builder labels(ActiveAlert active, String metric) {
    return base.toBuilder()
        .setAll(active.labels)
        .set(Labels.METRIC_NAME, metric)
        .set(ALERT_NAME, alert);
  }

  /// Returns matchers for the `ALERTS_FOR_STATE` series of the rule: for the name of the alert, and
  /// for labels that are the same for all its alerts.
  List<LabelMatcher> forStateMatchers() {
    return matchers(ALERTS_FOR_STATE);
  }

  /// Returns matchers for the `ALERTS` series of the rule.
  List<LabelMatcher> stateMatchers() {
    return matchers(ALERTS);
  }

  /// Returns matchers for the `ALERTS` series of the rule's firing alerts.
  List<LabelMatcher> firingMatchers() {
    List<LabelMatcher> matchers = matchers(ALERTS);
    matchers.add(LabelMatcher.equal(ALERT_STATE, AlertState.FIRING.text()));
    return matchers;
  }

  private List<LabelMatcher> matchers(String metric) {
    var matchers = new ArrayList<LabelMatcher>();
    matchers.add(LabelMatcher.equal(Labels.METRIC_NAME, metric));
    base.forEach(
        (label, text) -> {
          if (!text.contains("{{") && !label.equals(ALERT_NAME)) {
            matchers.add(LabelMatcher.equal(label, text));
          }
        });
    matchers.add(LabelMatcher.equal(ALERT_NAME, alert));
    return matchers;
  }
}
