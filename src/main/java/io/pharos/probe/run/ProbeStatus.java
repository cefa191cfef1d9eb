package io.pharos.probe.run;

import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeResult;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A probe and its last results.
///
/// @param recent last results, oldest first; at most [#MAX_RECENT]
/// @param state whether its target is down by `down_after` and `up_after`
/// @param next when the next run is due, or the next report of a push probe
public record ProbeStatus(
    ProbeConfig probe,
    List<ProbeResult> recent,
    ProbeTargetState.State state,
    boolean isFlapping,
    Instant next) {
  /// Maximum number of results that are stored per probe.
  public static final int MAX_RECENT = 240;

  public ProbeStatus {
    recent = List.copyOf(recent);
  }

  /// Returns the newest result, if there is one.
  public Optional<ProbeResult> last() {
    return recent.isEmpty() ? Optional.empty() : Optional.of(recent.getLast());
  }
}
