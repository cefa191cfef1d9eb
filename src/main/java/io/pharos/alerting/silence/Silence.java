package io.pharos.alerting.silence;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A promise not to notify about alerts that match, for a time.
///
/// @param id a UUID; empty for one that is yet to be created
/// @param matchers all must hold
/// @param annotations what tools note on it; shown, not interpreted
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
    requireNonNull(id, "id is null");
    matchers = List.copyOf(matchers);
    requireNonNull(startsAt, "startsAt is null");
    requireNonNull(endsAt, "endsAt is null");
    requireNonNull(updatedAt, "updatedAt is null");
    requireNonNull(createdBy, "createdBy is null");
    requireNonNull(comment, "comment is null");
    annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
  }

  /// A silence without annotations.
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

  /// Where it stands in its life. At the very instant of its end it is still active.
  public State state(Instant now) {
    if (now.isBefore(startsAt)) {
      return State.PENDING;
    }
    return now.isAfter(endsAt) ? State.EXPIRED : State.ACTIVE;
  }

  public boolean matches(Labels labels) {
    for (LabelMatcher matcher : matchers) {
      if (!matcher.matches(labels)) {
        return false;
      }
    }
    return true;
  }

  Silence with(String newId, Instant start, Instant end, Instant updated) {
    return new Silence(newId, matchers, start, end, updated, createdBy, comment, annotations);
  }

  /// A silence's life.
  public enum State {
    ACTIVE("active"),
    PENDING("pending"),
    EXPIRED("expired");

    private final String text;

    State(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }
}
