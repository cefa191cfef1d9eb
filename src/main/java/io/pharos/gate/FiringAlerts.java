package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.time.Instant;
import java.util.List;

/// The alerts that are pending or firing now, and whether that is known at all. Safe for many
/// threads.
public interface FiringAlerts {
  /// The answer.
  sealed interface Answer {
    /// The alerts are known.
    ///
    /// @param rules how many alerting rules are loaded
    /// @param evaluatedAt when the rule group that waits longest for its turn was last evaluated;
    ///   that keeps a stuck group visible
    /// @param alerts every pending or firing alert, silenced ones too
    record Known(int rules, Instant evaluatedAt, List<Active> alerts) implements Answer {
      public Known {
        requireNonNull(evaluatedAt, "evaluatedAt is null");
        alerts = List.copyOf(alerts);
      }
    }

    /// Rules fail or can't be evaluated, so that a missing alert proves nothing.
    record Unknown(String reason) implements Answer {}
  }

  /// One alert.
  ///
  /// @param labels `alertname` and `severity` among them
  /// @param activeAt since when its condition holds
  /// @param firing false while it is pending
  /// @param silenced whether a silence hides it from people
  record Active(Labels labels, Instant activeAt, boolean firing, boolean silenced) {
    public Active {
      requireNonNull(labels, "labels is null");
      requireNonNull(activeAt, "activeAt is null");
    }
  }

  Answer read(Instant now);
}
