package io.pharos.alerting.heartbeat;

import java.util.List;

/// Whether this Pharos raises alerts and delivers them.
public sealed interface Condition {
  /// It does.
  record Well() implements Condition {}

  /// It has not evaluated a rule since its start, and nothing is wrong.
  record Starting() implements Condition {}

  /// It may not.
  ///
  /// @param reasons texts for people, at least one
  record Unwell(List<String> reasons) implements Condition {
    public Unwell {
      reasons = List.copyOf(reasons);
      if (reasons.isEmpty()) {
        throw new IllegalArgumentException("expected at least one reason");
      }
    }
  }
}
