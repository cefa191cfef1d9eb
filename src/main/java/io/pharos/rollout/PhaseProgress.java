package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// How far a phase of a rollout has come.
///
/// @param waitingSince from when on the servers, or the next look of a gate, are waited for
/// @param seenAt when the agent last said what it sees; null before
/// @param matched whether that was what is wanted
/// @param soaked how long it was
/// @param least how long it must be
/// @param placed whether the servers of a step run the release, so that they may have their weight
/// @param migrated whether the migration of this phase is done
/// @param gate the gate that judges the step; null before one is open
/// @param attempt the number of that gate in the rollout, or of the next
/// @param reach how many servers of a rolling plan have to return
/// @param there those that have
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
    Set<String> there) {
  PhaseProgress {
    requireNonNull(waitingSince, "waitingSince is null");
    requireNonNull(soaked, "soaked is null");
    requireNonNull(least, "least is null");
    there = java.util.Collections.unmodifiableSet(new TreeSet<>(there));
  }

  static PhaseProgress begin(Instant now) {
    return new PhaseProgress(
        now, null, false, Duration.ZERO, Duration.ZERO, true, false, null, 1, 0, Set.of());
  }

  /// That of the next phase.
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
        Set.of());
  }

  /// With what was seen now. Time counts between two looks that both show what is wanted, and that
  /// are not further apart than a lease.
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
        there);
  }

  /// Whether the agent was heard of within a lease.
  boolean isHeard(Duration lease, Instant now) {
    return seenAt != null && Duration.between(seenAt, now).compareTo(lease) <= 0;
  }

  /// Waiting anew, from now on.
  PhaseProgress waiting(Instant now) {
    return new PhaseProgress(
        now, seenAt, matched, soaked, least, placed, migrated, gate, attempt, reach, there);
  }

  /// Its servers are ready, and were not seen with their weight yet.
  PhaseProgress withPlaced(Instant now) {
    return new PhaseProgress(
        now, null, false, Duration.ZERO, least, true, migrated, gate, attempt, reach, there);
  }

  PhaseProgress withMigrated(Instant now) {
    return new PhaseProgress(
        now, null, false, Duration.ZERO, least, placed, true, gate, attempt, reach, there);
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
        there);
  }

  /// Without its gate, so that a further one is opened.
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
        there);
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
        newThere);
  }
}
