/// Alerting and recording rules: Prometheus' rule files, groups that are evaluated on a schedule,
/// and the states of alerts from pending to resolved.
///
/// [RuleFile] reads rules, [RuleManager] runs them, [RuleGroup] evaluates one group at one slot.
/// Rules query an `Evaluator`, write samples to an `Appendable` and send alerts to an `AlertSink`.
@NullMarked
package io.pharos.rules;

import org.jspecify.annotations.NullMarked;
