package io.pharos.oncall.episode;

import io.pharos.alerting.message.Severity;
import io.pharos.alerting.pipeline.EpisodeKeeper;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A person's "I have it". It holds until its end, its release, or the end of its episode.
///
/// @param owner the person who has it
/// @param until when it expires; null if it holds until the episode ends
/// @param rank rank of the worst severity at that time, see [Severity]
/// @param link id of the delivery whose link was used; empty for other ways
/// @param endedAt when it was released or the episode ended; null before that, and if it expired
/// @param end why it ended; null if `endedAt` is null
public record Acknowledgement(
    String owner,
    String comment,
    Instant at,
    @Nullable Instant until,
    int rank,
    String link,
    @Nullable Instant endedAt,
    @Nullable End end)
    implements EpisodeKeeper.Acknowledged {
  public Acknowledgement {
    owner = EpisodeEvent.cut(owner);
    comment = EpisodeEvent.cut(comment);
  }

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

  @Override
  public boolean holds(Instant now) {
    return endedAt == null && (until == null || now.isBefore(until));
  }

  /// Whether it ended because its time has passed.
  boolean isExpired(Instant now) {
    return endedAt == null && !holds(now);
  }

  @Override
  public EpisodeKeeper.Ended ended() {
    Instant ending = Objects.requireNonNull(endedAt == null ? until : endedAt, "it holds");
    return new EpisodeKeeper.Ended(
        ending,
        switch (end == null ? End.EXPIRED : end) {
          case EXPIRED -> Notification.Reason.ACKNOWLEDGEMENT_EXPIRED;
          case RELEASED -> Notification.Reason.ACKNOWLEDGEMENT_RELEASED;
          case EPISODE_ENDED -> null;
        });
  }

  @Override
  public boolean isExceededBy(Labels alert) {
    return Severity.of(alert.get("severity")).rank() < rank;
  }

  /// Returns a copy that has ended; the same if it ended before.
  Acknowledgement ended(End reason, Instant now) {
    return endedAt != null
        ? this
        : new Acknowledgement(owner, comment, at, until, rank, link, now, reason);
  }
}
