/// Alerting and recording rules: Prometheus' rule files, groups on a schedule, and the life of an
/// alert from pending to resolved.
///
/// [RuleFile] reads, [RuleManager] runs what was read, [RuleGroup] evaluates one group at one time.
/// Expressions go through the `Evaluator` port, samples through `Appendable`, alerts through
/// `AlertSink`.
@NullMarked
package io.pharos.rules;

import org.jspecify.annotations.NullMarked;
