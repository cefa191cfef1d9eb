package io.pharos.oncall.episode;

import io.pharos.model.Labels;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An alert group from its first notification to its end.
///
/// @param number 0 before it is stored
/// @param title name of its first alert
/// @param severity label of the worst alert that it ever had
/// @param rank rank of that severity
/// @param currentRank rank of the worst alert that fires now
/// @param startedAt when its first notification was decided
/// @param openedAt when it was last reopened, or else started
/// @param endedAt when its last alert was resolved; null while it is open
/// @param reopened how often it fired again after its end
/// @param members its alerts by fingerprint, with their state: `firing`, or why they are muted
/// @param peak worst measured value; empty if unknown
/// @param links links of the worst alert by name
/// @param eventCount number of events
/// @param omitted number of events that exceeded the bound
/// @param seenAt when a replica last confirmed that the group exists
/// @param acknowledgement the last one; null if there was none since it was opened
/// @param version increases with each change
public record Episode(
    long number,
    String groupKey,
    Labels groupLabels,
    String receiver,
    String title,
    String severity,
    int rank,
    int currentRank,
    Instant startedAt,
    Instant openedAt,
    @Nullable Instant endedAt,
    int reopened,
    Map<String, String> members,
    String peak,
    Map<String, String> links,
    int eventCount,
    int omitted,
    Instant seenAt,
    @Nullable Acknowledgement acknowledgement,
    long version) {
  public Episode {
    title = EpisodeEvent.cut(title);
    severity = EpisodeEvent.cut(severity);
    peak = EpisodeEvent.cut(peak);
    members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    links = Collections.unmodifiableMap(new LinkedHashMap<>(links));
  }

  /// Returns a copy with another acknowledgement.
  Episode with(@Nullable Acknowledgement other) {
    return with(other, seenAt);
  }

  Episode withSeenAt(Instant now) {
    return with(acknowledgement, now);
  }

  private Episode with(@Nullable Acknowledgement held, Instant seen) {
    return new Episode(
        number,
        groupKey,
        groupLabels,
        receiver,
        title,
        severity,
        rank,
        currentRank,
        startedAt,
        openedAt,
        endedAt,
        reopened,
        members,
        peak,
        links,
        eventCount,
        omitted,
        seen,
        held,
        version);
  }

  /// Whether it has not ended.
  public boolean isOpen() {
    return endedAt == null;
  }

  /// Returns the acknowledgement that holds.
  public Optional<Acknowledgement> holding(Instant now) {
    return Optional.ofNullable(acknowledgement).filter(it -> isOpen() && it.holds(now));
  }

  /// Returns the acknowledgement that does not hold yet, because more people must acknowledge.
  public Optional<Acknowledgement> partly() {
    return Optional.ofNullable(acknowledgement)
        .filter(it -> isOpen() && it.missing() > 0 && it.endedAt() == null);
  }

  /// Returns a number that changes whenever the episode is acknowledged, and when that ends; 0 if
  /// there was no acknowledgement since it was opened.
  public long round() {
    return acknowledgement == null
        ? 0
        : (acknowledgement.endedAt() == null ? acknowledgement.at() : acknowledgement.endedAt())
            .toEpochMilli();
  }

  /// Returns the state as one word.
  public State state(Instant now) {
    return !isOpen() ? State.ENDED : holding(now).isPresent() ? State.ACKNOWLEDGED : State.OPEN;
  }

  /// State of an episode.
  public enum State {
    /// It goes on, and no acknowledgement holds.
    OPEN("open"),
    /// It goes on, and a person has it.
    ACKNOWLEDGED("acknowledged"),
    /// It has ended.
    ENDED("ended");

    private final String text;

    State(String text) {
      this.text = text;
    }

    /// Returns the word.
    public String text() {
      return text;
    }
  }
}
