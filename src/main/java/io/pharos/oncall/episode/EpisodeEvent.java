package io.pharos.oncall.episode;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An event of an episode's timeline.
///
/// @param key unique within the episode: a second event with the key replaces the first
/// @param subject the alert, integration or person
/// @param text answer of a receiver, comment of a person, or reason; may be empty
/// @param finishedAt when a delivery ended, or an acknowledgement will expire; null otherwise
/// @param outcome status of a delivery in lower case; empty for other events
public record EpisodeEvent(
    String key,
    Kind kind,
    Instant at,
    String subject,
    String text,
    @Nullable Instant finishedAt,
    String outcome) {
  /// Maximum number of characters of a subject or text.
  static final int MAX_TEXT = 2000;

  public EpisodeEvent {
    subject = cut(subject);
    text = cut(text);
  }

  EpisodeEvent(String key, Kind kind, Instant at, String subject, String text) {
    this(key, kind, at, subject, text, null, "");
  }

  /* PostgreSQL stores no NUL. */
  static String cut(String raw) {
    String text = raw.replace('\0', '?');
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT - 1) + "…";
  }

  /// Returns a copy without the text, for deliveries whose answers the reader may not see.
  public EpisodeEvent withText(String other) {
    return new EpisodeEvent(key, kind, at, subject, other, finishedAt, outcome);
  }

  /// What happened.
  public enum Kind {
    PENDING("pending"),
    FIRING("firing"),
    NOTIFIED("notified"),
    JOINED("joined"),
    LEFT("left"),
    SILENCED("silenced"),
    INHIBITED("inhibited"),
    MUTED("muted"),
    UNMUTED("no longer muted"),
    ESCALATED("escalated"),
    PARTLY_ACKNOWLEDGED("acknowledged, more people must"),
    ACKNOWLEDGED("acknowledged"),
    ACKNOWLEDGEMENT_ENDED("acknowledgement ended"),
    COMMENTED("commented"),
    RESOLVED("resolved"),
    REOPENED("reopened");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /// Returns the event in English.
    public String text() {
      return text;
    }

    /// Whether a person, a policy, or the end or the reopening of the episode caused it. The bound
    /// on the number of events is higher for them.
    public boolean isKept() {
      return switch (this) {
        case ESCALATED,
            PARTLY_ACKNOWLEDGED,
            ACKNOWLEDGED,
            ACKNOWLEDGEMENT_ENDED,
            COMMENTED,
            RESOLVED,
            REOPENED ->
            true;
        case PENDING, FIRING, NOTIFIED, JOINED, LEFT, SILENCED, INHIBITED, MUTED, UNMUTED -> false;
      };
    }
  }
}
