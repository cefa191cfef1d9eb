package io.pharos.oncall.episode;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A person's "I have it". It holds until its end, its release, or the end of its episode.
///
/// @param owner the person who has it; several separated by [#SEPARATOR]
/// @param until when it expires; null if it holds until the episode ends
/// @param rank rank of the worst severity at that time, see [io.pharos.alerting.message.Severity]
/// @param missing number of people who must acknowledge, too, before it holds
/// @param link id of the delivery whose link was used; empty for other ways
/// @param endedAt when it was released or the episode ended; null before that, and if it expired
/// @param end why it ended; null if `endedAt` is null
public record Acknowledgement(
    String owner,
    String comment,
    Instant at,
    @Nullable Instant until,
    int rank,
    int missing,
    String link,
    @Nullable Instant endedAt,
    @Nullable End end) {
  public Acknowledgement {
    owner = EpisodeEvent.cut(owner);
    comment = EpisodeEvent.cut(comment);
  }

  /// Between the names of several owners.
  static final String SEPARATOR = ", ";

  /// Maximum number of characters of a name that a person gives.
  public static final int MAX_OWNER = 100;

  /// Maximum number of characters of a comment, also of one without an acknowledgement.
  public static final int MAX_COMMENT = 1_000;

  /// Shortest duration.
  public static final Duration MIN = Duration.ofMinutes(1);

  /// Longest duration.
  public static final Duration MAX = Duration.ofDays(30);

  /// Why an acknowledgement ended.
  public enum End {
    EXPIRED("it expired"),
    RELEASED("it was released"),
    EPISODE_ENDED("the episode ended");

    private final String text;

    End(String text) {
      this.text = text;
    }

    /// Returns the reason in English.
    public String text() {
      return text;
    }
  }

  /// Whether all people who are required have acknowledged, and it has not ended.
  public boolean holds(Instant now) {
    return missing == 0 && endedAt == null && (until == null || now.isBefore(until));
  }

  /// Whether it ended because its time has passed.
  boolean isExpired(Instant now) {
    return endedAt == null && until != null && !now.isBefore(until);
  }

  /// Whether a person is its owner, or one of several.
  boolean isOf(String person) {
    return Arrays.asList(owner.split(SEPARATOR)).contains(person);
  }

  /// Returns the acknowledgement of an episode by one more person.
  ///
  /// @param until when it expires, if it holds
  /// @param missing number of people who must acknowledge, too, before it holds
  static Acknowledgement of(
      Episode episode,
      String owner,
      String comment,
      Instant at,
      @Nullable Instant until,
      int missing,
      String link) {
    String owners = episode.partly().map(it -> it.owner() + SEPARATOR + owner).orElse(owner);
    return new Acknowledgement(
        owners,
        comment,
        at,
        missing > 0 ? null : until,
        episode.currentRank(),
        missing,
        link,
        null,
        null);
  }

  /// Returns a copy that has ended; the same if it ended before.
  Acknowledgement ended(End reason, Instant now) {
    return endedAt != null
        ? this
        : new Acknowledgement(owner, comment, at, until, rank, missing, link, now, reason);
  }
}
