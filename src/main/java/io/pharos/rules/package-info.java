/// Alerting and recording rules: Prometheus' rule files, groups on a schedule, and the life of an
/// alert from pending to resolved.
///
/// [RuleFile] reads rules, [RuleManager] runs them, [RuleGroup] evaluates one group at one slot.
/// Expressions go through the `Evaluator` port, samples through `Appendable`, alerts through
/// `AlertSink`.
@NullMarked
package io.pharos.rules;

import org.jspecify.annotations.NullMarked;
