package io.pharos.ingest.probe;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A probe and its last results.
///
/// @param recent oldest first, at most [#MOST_RECENT]
public record ProbeStatus(ProbeConfig probe, List<ProbeResult> recent) {
  /// How many results are kept of a probe.
  public static final int MOST_RECENT = 240;

  public ProbeStatus {
    requireNonNull(probe, "probe is null");
    recent = List.copyOf(recent);
  }

  public Optional<ProbeResult> last() {
    return recent.isEmpty() ? Optional.empty() : Optional.of(recent.getLast());
  }

  /// How many successes there are in a row at the end, of the runs that began at an instant or
  /// later. An unknown result ends the row: it does not say that the target is well.
  public int consecutiveSuccessesSince(Instant since) {
    int count = 0;
    for (ProbeResult result : recent.reversed()) {
      boolean success = result.outcome() instanceof Outcome.Success;
      if (!success || result.began().isBefore(since)) {
        return count;
      }
      count++;
    }
    return count;
  }
}
