package io.pharos.probe.run;

import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The last results of a probe, at most [ProbeStatus#MOST_RECENT]; logs changes. Not thread-safe.
final class ProbeHistory {
  private static final Logger LOG = LoggerFactory.getLogger(ProbeHistory.class);

  private final Deque<ProbeResult> recent = new ArrayDeque<>();

  void remember(ProbeResult result) {
    boolean failedBefore =
        last().filter(before -> before.outcome() instanceof ProbeOutcome.Failure).isPresent();
    if (result.outcome() instanceof ProbeOutcome.Failure(String reason) && !failedBefore) {
      LOG.warn("probe {} fails: {}", result.probe(), reason);
    } else if (failedBefore && result.outcome() instanceof ProbeOutcome.Success) {
      LOG.info("probe {} succeeds again", result.probe());
    }
    recent.addLast(result);
    if (recent.size() > ProbeStatus.MOST_RECENT) {
      recent.removeFirst();
    }
  }

  Optional<ProbeResult> last() {
    return Optional.ofNullable(recent.peekLast());
  }

  /// Returns the results, oldest first.
  List<ProbeResult> all() {
    return List.copyOf(recent);
  }
}
