package io.pharos.cli.serve;

import io.pharos.cli.command.Flags.Flag;

/// What triggers the evaluation of rules.
public enum RuleEvaluation {
  /// The interval of their groups, and stored scrapes.
  EVENTS,
  /// The interval alone.
  TIMER;

  static final Flag FLAG =
      new Flag(
          "rules.evaluation",
          "events",
          "events: stored samples may start alerts ahead of their group's interval; timer: only the"
              + " interval counts, as in Prometheus");
}
