package io.pharos.gate.observe;

import io.pharos.model.Labels;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Reads the pending and firing alerts, or the reason why they are unknown. Safe for many threads.
public interface FiringAlerts {
  /// The alerts, or why they are unknown.
  sealed interface Answer {
    /// The alerts are known.
    ///
    /// @param rules number of loaded alerting rules
    /// @param evaluatedAt the earliest of the rule groups' last evaluations. It becomes old if a
    ///   group is no longer evaluated
    /// @param alerts every pending or firing alert, including silenced ones
    record Known(int rules, Instant evaluatedAt, List<Active> alerts) implements Answer {
      public Known {
        alerts = List.copyOf(alerts);
      }
    }

    /// Rules whose alerts matter fail or are not evaluated, so a missing alert proves nothing.
    record Unknown(String reason) implements Answer {}
  }

  /// One alert.
  ///
  /// @param labels `alertname` and `severity` among them
  /// @param activeAt when its condition began to hold
  /// @param firing false while it is pending
  /// @param silenced whether a silence applies to it
  record Active(Labels labels, Instant activeAt, boolean firing, boolean silenced) {}

  /// Reads the alerts at a time.
  ///
  /// @param matters whether an alert that has these labels, and others that are unknown, may
  ///   matter. Rules whose alerts do not matter need not be evaluated
  Answer read(Instant now, Predicate<Map<String, String>> matters);
}
