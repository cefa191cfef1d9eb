package io.pharos.alerting.silence;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.config.alertmanager.InhibitRule;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.MatcherIndex;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Finds alerts that are muted by other alerts (sources). A source mutes while it fires, and for
/// the rule's time `outlasts` afterwards.
///
/// Thread-safe. Only alerts passed to [#update] are sources. Each query checks whether a source
/// still fires, so a source that ends without an update stops muting in time.
public final class Inhibitor {
  /* Each rule maps the values of the `equal` labels to its sources, so a target needs one lookup
   * however many sources there are. All sources of a key are stored, not only the latest,
   * because the target stays muted until the last of them is resolved. */
  private final List<Rule> rules;
  private final MatcherIndex<Rule> bySource;
  private final MatcherIndex<Rule> byTarget;

  /// Creates an inhibitor without sources.
  public Inhibitor(List<InhibitRule> rules) {
    this.rules = rules.stream().map(Rule::new).toList();
    this.bySource = new MatcherIndex<>(this.rules, rule -> rule.rule.sourceMatchers());
    this.byTarget = new MatcherIndex<>(this.rules, rule -> rule.rule.targetMatchers());
  }

  private static final class Rule {
    private final InhibitRule rule;
    private final Map<List<String>, Map<Fingerprint, TrackedAlert>> sources =
        new ConcurrentHashMap<>();

    Rule(InhibitRule rule) {
      this.rule = rule;
    }

    /// Whether a source has stopped muting.
    boolean isOver(TrackedAlert source, Instant now) {
      return !source.endsAt().plus(rule.outlasts()).isAfter(now);
    }

    List<String> key(Labels labels) {
      var key = new ArrayList<String>(rule.equal().size());
      rule.equal().forEach(name -> key.add(labels.get(name)));
      return key;
    }

    void update(TrackedAlert alert, Instant now) {
      if (!LabelMatcher.matchesAll(rule.sourceMatchers(), alert.labels())) {
        return;
      }
      sources.compute(
          key(alert.labels()),
          (_, existing) -> {
            if (isOver(alert, now)) {
              if (existing != null) {
                existing.remove(alert.fingerprint());
              }
              return existing == null || existing.isEmpty() ? null : existing;
            }
            Map<Fingerprint, TrackedAlert> updated =
                existing == null ? new ConcurrentHashMap<>() : existing;
            updated.put(alert.fingerprint(), alert);
            return updated;
          });
    }

    Optional<Fingerprint> inhibits(Labels target, Instant now) {
      if (!LabelMatcher.matchesAll(rule.targetMatchers(), target)) {
        return Optional.empty();
      }
      Map<Fingerprint, TrackedAlert> candidates = sources.get(key(target));
      if (candidates == null) {
        return Optional.empty();
      }
      boolean twoSided = LabelMatcher.matchesAll(rule.sourceMatchers(), target);
      return candidates.values().stream()
          .filter(source -> !isOver(source, now))
          // If both alerts match both sides of the rule, they do not mute each other.
          .filter(
              source ->
                  !(twoSided && LabelMatcher.matchesAll(rule.targetMatchers(), source.labels())))
          .map(TrackedAlert::fingerprint)
          .min(Fingerprint::compareTo);
    }

    void addEnded(Instant now, Set<Fingerprint> ended) {
      if (!rule.isPlain()) {
        for (Map<Fingerprint, TrackedAlert> ofKey : sources.values()) {
          ofKey.values().stream()
              .filter(source -> source.isResolved(now) && !isOver(source, now))
              .forEach(source -> ended.add(source.fingerprint()));
        }
      }
    }

    void collectGarbage(Instant now) {
      for (List<String> key : List.copyOf(sources.keySet())) {
        sources.computeIfPresent(
            key,
            (_, existing) -> {
              existing.values().removeIf(source -> isOver(source, now));
              return existing.isEmpty() ? null : existing;
            });
      }
    }
  }

  /// Updates the sources with the current state of alerts.
  public void update(Collection<TrackedAlert> alerts, Instant now) {
    for (TrackedAlert alert : alerts) {
      for (Rule rule : bySource.candidates(alert.labels())) {
        rule.update(alert, now);
      }
    }
  }

  /// Returns the source that mutes an alert with these labels; if there are several, a source of
  /// the first such rule.
  public Optional<Fingerprint> inhibitedBy(Labels labels, Instant now) {
    for (Rule rule : byTarget.candidates(labels)) {
      Optional<Fingerprint> source = rule.inhibits(labels, now);
      if (source.isPresent()) {
        return source;
      }
    }
    return Optional.empty();
  }

  /// A rule whose target matches an alert.
  ///
  /// @param source the alert that mutes it by this rule now; empty if there is none
  public record Applicable(InhibitRule rule, Optional<Fingerprint> source) {}

  /// Returns the rules whose target matches an alert with these labels.
  public List<Applicable> applicable(Labels labels, Instant now) {
    return byTarget.candidates(labels).stream()
        .filter(rule -> LabelMatcher.matchesAll(rule.rule.targetMatchers(), labels))
        .map(rule -> new Applicable(rule.rule, rule.inhibits(labels, now)))
        .toList();
  }

  /// Returns the resolved alerts that still mute others; they must not be deleted.
  public Set<Fingerprint> endedSources(Instant now) {
    var ended = new HashSet<Fingerprint>();
    rules.forEach(rule -> rule.addEnded(now, ended));
    return ended;
  }

  /// Deletes sources that have stopped muting.
  public void collectGarbage(Instant now) {
    rules.forEach(rule -> rule.collectGarbage(now));
  }
}
