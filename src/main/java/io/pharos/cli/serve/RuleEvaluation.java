package io.pharos.cli.serve;

import io.pharos.cli.command.Flags.Flag;

/// What triggers the evaluation of rules.
public enum RuleEvaluation {
  /// The timer of each rule group, and also each scrape that is stored.
  EVENTS,
  /// Only the timer of each rule group.
  TIMER;

  static final Flag FLAG =
      new Flag(
          "rules.evaluation",
          "events",
          "events: a stored sample may start an alert before its group's interval ends; timer: only the interval does, as in Prometheus");
}
