package io.pharos.rules.gap;

import io.pharos.model.Labels;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The alerts whose state may depend on samples that are missing in past gaps.
///
/// @param always the alerts that exist whatever the missing samples are
/// @param ever the alerts that exist under at least one assumption
/// @param reason the gaps; empty if everything is certain
public record Certainty(Set<Labels> always, Set<Labels> ever, String reason) {
  /// Nothing depends on missing samples.
  public static final Certainty FULL = new Certainty(Set.of(), Set.of(), "");

  /// Copies the sets.
  public Certainty {
    always = Set.copyOf(always);
    ever = Set.copyOf(ever);
  }

  /// Returns what the alerts under each assumption have in common.
  ///
  /// @param assumed the alerts under each assumption
  public static Certainty of(List<Set<Labels>> assumed, String reason) {
    var always = new HashSet<>(assumed.getFirst());
    var ever = new HashSet<Labels>();
    for (Set<Labels> alerts : assumed) {
      always.retainAll(alerts);
      ever.addAll(alerts);
    }
    return new Certainty(always, ever, reason);
  }

  /// Returns whether an alert in the result exists whatever the missing samples are.
  public boolean isCertain(Labels alert) {
    return reason.isEmpty() || always.contains(alert);
  }

  /// Returns whether an alert exists under at least one assumption.
  public boolean mayExist(Labels alert) {
    return ever.contains(alert);
  }

  /// Returns why some alerts are uncertain, for people; empty if none is.
  ///
  /// @param seen the alerts in the result without assumptions
  /// @param others alerts that were uncertain before and are not judged anew
  public String unknown(Set<Labels> seen, Set<Labels> others) {
    var uncertain = new HashSet<>(ever);
    uncertain.addAll(seen);
    uncertain.removeIf(alert -> always.contains(alert) && seen.contains(alert));
    if (!uncertain.isEmpty()) {
      uncertain.addAll(others);
    }
    return reason.isEmpty() || uncertain.isEmpty()
        ? ""
        : "unknown for %d alerts, which neither fire nor resolve, because the windows of the rule lack samples: %s"
            .formatted(uncertain.size(), reason);
  }
}
