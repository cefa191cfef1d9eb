package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The progress of a rollout within a phase.
///
/// @param waitingSince since when the rollout waits for its servers or for the next gate
/// @param seenAt time of the last heartbeat; null before the first
/// @param matched whether that heartbeat showed the desired servers
/// @param soaked how long the servers have been in the desired state
/// @param least minimum of `soaked` before the phase may end
/// @param placed whether the servers of a step run the release, so that their weights may be set
/// @param migrated whether the migration of this phase is done
/// @param gate the gate that judges the phase; null until one is open
/// @param attempt number of `gate` among the rollout's gates; if it is null, the next gate's number
/// @param reach number of servers of a rolling plan that must return to the previous release
/// @param there names of the servers that have already returned to the previous release
/// @param interrupted whether Pharos or its agent was away since `gate` was opened
record PhaseProgress(
    Instant waitingSince,
    @Nullable Instant seenAt,
    boolean matched,
    Duration soaked,
    Duration least,
    boolean placed,
    boolean migrated,
    @Nullable String gate,
    int attempt,
    int reach,
    Set<String> there,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean interrupted) {
  PhaseProgress {
    requireNonNull(waitingSince, "waitingSince is null");
    requireNonNull(soaked, "soaked is null");
    requireNonNull(least, "least is null");
    there = java.util.Collections.unmodifiableSet(new TreeSet<>(there));
  }

  static PhaseProgress begin(Instant now) {
    return new PhaseProgress(
        now, null, false, Duration.ZERO, Duration.ZERO, true, false, null, 1, 0, Set.of(), false);
  }

  /// Returns the progress at the beginning of the next phase.
  PhaseProgress next(Instant now, Duration newLeast, boolean newPlaced) {
    return new PhaseProgress(
        now,
        null,
        false,
        Duration.ZERO,
        newLeast,
        newPlaced,
        false,
        null,
        gate == null ? attempt : attempt + 1,
        0,
        Set.of(),
        false);
  }

  /// Returns the progress after a heartbeat. The time since the previous heartbeat is added to
  /// `soaked` if both heartbeats show the desired servers and at most the duration of a lease lies
  /// between them.
  PhaseProgress seen(boolean matches, Duration lease, boolean newLease, Instant now) {
    Duration gap = seenAt == null ? Duration.ZERO : Duration.between(seenAt, now);
    boolean counts =
        matched && matches && !gap.isNegative() && gap.compareTo(lease) <= 0 && !newLease;
    return new PhaseProgress(
        newLease || (matched && !matches) ? now : waitingSince,
        now,
        matches,
        counts ? soaked.plus(gap) : soaked,
        least,
        placed,
        migrated,
        gate,
        attempt,
        reach,
        there,
        interrupted || (gate != null && (newLease || gap.compareTo(lease) > 0)));
  }

  /// Returns whether the last heartbeat is at most the duration of a lease ago.
  boolean isHeard(Duration lease, Instant now) {
    return seenAt != null && Duration.between(seenAt, now).compareTo(lease) <= 0;
  }

  /// Restarts the waiting time.
  PhaseProgress waiting(Instant now) {
    return new PhaseProgress(
        now,
        seenAt,
        matched,
        soaked,
        least,
        placed,
        migrated,
        gate,
        attempt,
        reach,
        there,
        interrupted);
  }

  /// Marks the servers as placed, and as not yet matching: no heartbeat has shown the new weights.
  PhaseProgress withPlaced(Instant now) {
    return unseen(now, true, migrated);
  }

  PhaseProgress withMigrated(Instant now) {
    return unseen(now, placed, true);
  }

  private PhaseProgress unseen(Instant now, boolean nowPlaced, boolean nowMigrated) {
    return new PhaseProgress(
        now,
        null,
        false,
        Duration.ZERO,
        least,
        nowPlaced,
        nowMigrated,
        gate,
        attempt,
        reach,
        there,
        interrupted);
  }

  PhaseProgress withGate(String id, Duration newLeast) {
    return new PhaseProgress(
        waitingSince,
        seenAt,
        matched,
        soaked,
        newLeast,
        placed,
        migrated,
        id,
        attempt,
        reach,
        there,
        false);
  }

  /// Records that Pharos or its agent was away, so that an inconclusive gate says nothing.
  PhaseProgress withInterruption() {
    return new PhaseProgress(
        waitingSince,
        seenAt,
        matched,
        soaked,
        least,
        placed,
        migrated,
        gate,
        attempt,
        reach,
        there,
        gate != null);
  }

  /// Removes the gate, so that another gate is opened.
  PhaseProgress withoutGate(Instant now) {
    return new PhaseProgress(
        now,
        seenAt,
        matched,
        soaked,
        least,
        placed,
        migrated,
        null,
        gate == null ? attempt : attempt + 1,
        reach,
        there,
        false);
  }

  PhaseProgress withWayBack(int newReach, Set<String> newThere) {
    return new PhaseProgress(
        waitingSince,
        seenAt,
        matched,
        soaked,
        least,
        placed,
        migrated,
        gate,
        attempt,
        newReach,
        newThere,
        interrupted);
  }
}
