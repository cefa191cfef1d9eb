package io.pharos.alerting.silence;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A rule that holds back notifications for matching alerts for a time.
///
/// @param id a UUID; empty for a silence that is not created yet
/// @param annotations notes of tools, which are displayed but not interpreted
public record Silence(
    String id,
    List<LabelMatcher> matchers,
    Instant startsAt,
    Instant endsAt,
    Instant updatedAt,
    String createdBy,
    String comment,
    Map<String, String> annotations) {
  public Silence {
    matchers = List.copyOf(matchers);
    annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
  }

  /// Creates a silence without annotations.
  public Silence(
      String id,
      List<LabelMatcher> matchers,
      Instant startsAt,
      Instant endsAt,
      Instant updatedAt,
      String createdBy,
      String comment) {
    this(id, matchers, startsAt, endsAt, updatedAt, createdBy, comment, Map.of());
  }

  /// Returns the state at an instant. At the instant of its end the silence is still active.
  public State state(Instant now) {
    if (now.isBefore(startsAt)) {
      return State.PENDING;
    }
    return now.isAfter(endsAt) ? State.EXPIRED : State.ACTIVE;
  }

  /// Whether all matchers match the labels.
  public boolean matches(Labels labels) {
    for (LabelMatcher matcher : matchers) {
      if (!matcher.matches(labels)) {
        return false;
      }
    }
    return true;
  }

  /// Returns the silence after the clock was set back: it keeps its state.
  Silence setBack(Instant before, Instant now) {
    // At its end a silence is still active.
    Instant end = state(before) == State.EXPIRED ? now.minusMillis(1) : endsAt;
    Instant start = startsAt.isAfter(now) ? now : startsAt;
    return with(id, start.isAfter(end) ? end : start, end, now);
  }

  Silence with(String newId, Instant start, Instant end, Instant updated) {
    return new Silence(newId, matchers, start, end, updated, createdBy, comment, annotations);
  }

  /// State of a silence.
  public enum State {
    ACTIVE("active"),
    PENDING("pending"),
    EXPIRED("expired");

    private final String text;

    State(String text) {
      this.text = text;
    }

    /// Returns the word for the state in Alertmanager's API.
    public String text() {
      return text;
    }
  }
}
