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
    Draft draft = new Draft(now).forgetHeartbeats().forgetGate();
    draft.least = newLeast;
    draft.placed = newPlaced;
    draft.migrated = false;
    draft.reach = 0;
    draft.there = Set.of();
    return draft.done();
  }

  /// Returns the progress after a heartbeat. The time since the previous heartbeat is added to
  /// `soaked` if both heartbeats show the desired servers and at most the duration of a lease lies
  /// between them.
  PhaseProgress seen(boolean matches, Duration lease, boolean newLease, Instant now) {
    Duration gap = seenAt == null ? Duration.ZERO : Duration.between(seenAt, now);
    boolean counts =
        matched && matches && !gap.isNegative() && gap.compareTo(lease) <= 0 && !newLease;
    var draft = new Draft(newLease || (matched && !matches) ? now : waitingSince);
    draft.seenAt = now;
    draft.matched = matches;
    draft.soaked = counts ? soaked.plus(gap) : soaked;
    draft.interrupted |= gate != null && (newLease || gap.compareTo(lease) > 0);
    return draft.done();
  }

  /// Returns whether the last heartbeat is at most the duration of a lease ago.
  boolean isHeard(Duration lease, Instant now) {
    return seenAt != null && Duration.between(seenAt, now).compareTo(lease) <= 0;
  }

  /// Restarts the waiting time.
  PhaseProgress waiting(Instant now) {
    return new Draft(now).done();
  }

  /// Marks the servers as placed, and as not yet matching: no heartbeat has shown the new weights.
  PhaseProgress withPlaced(Instant now) {
    Draft draft = new Draft(now).forgetHeartbeats();
    draft.placed = true;
    return draft.done();
  }

  PhaseProgress withMigrated(Instant now) {
    Draft draft = new Draft(now).forgetHeartbeats();
    draft.migrated = true;
    return draft.done();
  }

  PhaseProgress withGate(String id, Duration newLeast) {
    var draft = new Draft(waitingSince);
    draft.gate = id;
    draft.least = newLeast;
    draft.interrupted = false;
    return draft.done();
  }

  /// Records that Pharos or its agent was away, so that an inconclusive gate says nothing.
  PhaseProgress withInterruption() {
    var draft = new Draft(waitingSince);
    draft.interrupted = gate != null;
    return draft.done();
  }

  /// Removes the gate, so that another gate is opened.
  PhaseProgress withoutGate(Instant now) {
    return new Draft(now).forgetGate().done();
  }

  PhaseProgress withWayBack(int newReach, Set<String> newThere) {
    var draft = new Draft(waitingSince);
    draft.reach = newReach;
    draft.there = newThere;
    return draft.done();
  }

  /// A mutable copy.
  private final class Draft {
    private final Instant waitingSince;
    private @Nullable Instant seenAt = PhaseProgress.this.seenAt;
    private boolean matched = PhaseProgress.this.matched;
    private Duration soaked = PhaseProgress.this.soaked;
    private Duration least = PhaseProgress.this.least;
    private boolean placed = PhaseProgress.this.placed;
    private boolean migrated = PhaseProgress.this.migrated;
    private @Nullable String gate = PhaseProgress.this.gate;
    private int attempt = PhaseProgress.this.attempt;
    private int reach = PhaseProgress.this.reach;
    private Set<String> there = PhaseProgress.this.there;
    private boolean interrupted = PhaseProgress.this.interrupted;

    Draft(Instant waitingSince) {
      this.waitingSince = waitingSince;
    }

    Draft forgetHeartbeats() {
      seenAt = null;
      matched = false;
      soaked = Duration.ZERO;
      return this;
    }

    Draft forgetGate() {
      attempt += gate == null ? 0 : 1;
      gate = null;
      interrupted = false;
      return this;
    }

    PhaseProgress done() {
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
          interrupted);
    }
  }
}
