package io.pharos.rules.gap;

import io.pharos.model.Labels;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The alerts of a rule that exist if the series of failing targets continue. Computed when an
/// alert first depends on them, because that costs several evaluations.
public final class ContinuedAlerts {
  /// No alerts.
  public static final ContinuedAlerts NONE = new ContinuedAlerts(() -> Found.NONE);

  /// What was found.
  ///
  /// @param reason the failures, for people
  public record Found(Set<Labels> alerts, String reason) {
    /// Nothing.
    public static final Found NONE = new Found(Set.of(), "");
  }

  private final Supplier<Found> search;
  private @Nullable Found found;

  /// @param search finds them; called at most once
  public ContinuedAlerts(Supplier<Found> search) {
    this.search = search;
  }

  /// Returns whether an alert exists if the series of failing targets continue.
  public boolean contains(Labels alert) {
    if (found == null) {
      found = search.get();
    }
    return found.alerts.contains(alert);
  }

  /// Returns a warning about the alerts of a rule that are among these; none before a search.
  ///
  /// @param held the alerts that fire although the expression does not return them
  public List<String> warning(List<Labels> held) {
    Found known = found;
    long count = known == null ? 0 : held.stream().filter(known.alerts::contains).count();
    return known == null || count == 0
        ? List.of()
        : List.of(
            "%d alerts do not end before their series are back: %s".formatted(count, known.reason));
  }
}
