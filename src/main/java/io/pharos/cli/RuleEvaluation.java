package io.pharos.cli;

import io.pharos.cli.Flags.Flag;

/// What makes rules be evaluated.
public enum RuleEvaluation {
  /// The slots of their groups, and scrapes that were stored.
  EVENTS,
  /// The slots alone.
  TIMER;

  static final Flag FLAG =
      new Flag(
          "rules.evaluation",
          "events",
          "events: samples that were stored may begin alerts ahead of the slot of their group;"
              + " timer: only slots do, as in Prometheus");

  static RuleEvaluation of(Flags flags) {
    return switch (flags.get(FLAG.name())) {
      case "events" -> EVENTS;
      case "timer" -> TIMER;
      default -> throw flags.refused(FLAG.name(), "events or timer");
    };
  }
}
