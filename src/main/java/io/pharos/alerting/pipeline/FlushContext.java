package io.pharos.alerting.pipeline;

import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// The group that is being flushed, as the stages see it.
///
/// @param receiver receiver of the route
/// @param muteIntervals names of the route's `mute_time_intervals`
/// @param activeIntervals names of the route's `active_time_intervals`
/// @param now instant at which the group's timer fired
public record FlushContext(
    String groupKey,
    Labels groupLabels,
    String receiver,
    List<String> muteIntervals,
    List<String> activeIntervals,
    Duration groupInterval,
    Duration repeatInterval,
    Instant now) {
  private static final Duration LEAST_TIMEOUT = Duration.ofSeconds(10);

  public FlushContext {
    muteIntervals = List.copyOf(muteIntervals);
    activeIntervals = List.copyOf(activeIntervals);
  }

  /// Deadline of a delivery decided now: the group's next flush, but at least ten seconds.
  public Instant deadline() {
    return now.plus(groupInterval.compareTo(LEAST_TIMEOUT) > 0 ? groupInterval : LEAST_TIMEOUT);
  }
}
