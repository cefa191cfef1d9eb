package io.pharos.server.web.rule;

import io.pharos.rules.RuleSnapshot;
import io.pharos.server.web.incident.Board;
import java.util.Optional;
import java.util.stream.Stream;

/// What a rule asks of people now, from the most urgent to the least.
enum RuleStanding {
  /// Its last evaluation failed.
  FAILED("failed"),
  /// At least one of its alerts fires.
  FIRING("firing"),
  /// Its condition holds, but not yet for its `for`.
  PENDING("pending"),
  /// It was not evaluated yet, or Pharos cannot see what it asks about.
  UNKNOWN("unknown"),
  /// It is evaluated, and its condition does not hold.
  INACTIVE("inactive"),
  /// It fires, as it always does, so that its absence shows that alerting failed.
  HEARTBEAT("heartbeat"),
  /// It is evaluated and records series.
  RECORDING("recording");

  private final String text;

  RuleStanding(String text) {
    this.text = text;
  }

  static RuleStanding of(RuleSnapshot rule) {
    RuleSnapshot.Evaluation last = rule.evaluation();
    return switch (last.health()) {
      case UNKNOWN -> UNKNOWN;
      case ERR -> isUnknown(last.lastError()) ? UNKNOWN : FAILED;
      case OK ->
          switch (rule) {
            case RuleSnapshot.Alerting alerting -> of(alerting);
            case RuleSnapshot.Recording _ -> RECORDING;
          };
    };
  }

  /* The texts of a fault of Pharos, of missing samples and of a clock that was set back; the
   * evaluator's own errors begin otherwise. */
  private static boolean isUnknown(String error) {
    return Stream.of("unknown because of ", "unknown for ", "unknown: ")
        .anyMatch(error::startsWith);
  }

  private static RuleStanding of(RuleSnapshot.Alerting rule) {
    return switch (rule.state()) {
      case UNKNOWN -> UNKNOWN;
      case INACTIVE -> INACTIVE;
      case PENDING -> PENDING;
      case FIRING -> Board.isHeartbeat(rule.name()) ? HEARTBEAT : FIRING;
    };
  }

  /// Returns the standing with this word; empty if there is none.
  static Optional<RuleStanding> parse(String text) {
    return Stream.of(values()).filter(one -> one.text.equals(text)).findFirst();
  }

  /// Returns the word on pages, which is also the class in the style sheet.
  String text() {
    return text;
  }

  /// Whether somebody should look at the rule.
  boolean isUrgent() {
    return compareTo(PENDING) <= 0;
  }
}
