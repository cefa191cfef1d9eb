package io.pharos.server.web.home;

import static java.util.stream.Collectors.joining;

import io.pharos.alerting.message.MeasuredValue;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.incident.Board;
import io.pharos.server.web.incident.CurrentAlert;
import io.pharos.server.web.incident.Incident;
import io.pharos.server.web.incident.Standing;
import io.pharos.server.web.language.PageLanguage;
import io.pharos.trouble.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// The first sentence of the first page: whether something fires, Pharos does not know, or all is
/// well. Only what is known is well: a trouble of Pharos itself is never "all is well".
///
/// @param state `firing`, `unknown` or `ok`, the class in the style sheet
/// @param more further sentences
record Overview(String state, String sentence, List<String> more) {
  /// A group whose last evaluation is this many intervals and a grace period ago stands still.
  private static final int MAX_INTERVALS = 3;

  /// Names in a sentence; the page of rules has all.
  private static final int MAX_NAMES = 3;

  private static final Duration GRACE = Duration.ofSeconds(30);

  Overview {
    more = List.copyOf(more);
  }

  /// What the sentence is about.
  ///
  /// @param silent receivers without a working integration
  /// @param unobservable number of targets whose last scrape tells nothing
  /// @param lastFired when an alert last fired, if that is recorded
  /// @param startedAt start of this process
  record Facts(
      Board board,
      List<GroupSnapshot> groups,
      List<Trouble> troubles,
      Set<String> silent,
      long unobservable,
      Optional<Instant> lastFired,
      Instant startedAt) {
    Facts {
      groups = List.copyOf(groups);
      troubles = List.copyOf(troubles);
      silent = Set.copyOf(silent);
    }
  }

  /// Returns a copy with the number of incidents that are not acknowledged.
  ///
  /// @param count negative if it is unknown
  Overview withUnowned(long count) {
    if (count == 0) {
      return this;
    }
    var parts = new ArrayList<>(more);
    parts.addFirst(
        count < 0
            ? "How many incidents nobody has acknowledged is unknown."
            : count == 1
                ? "1 incident is not acknowledged."
                : count + " incidents are not acknowledged.");
    return new Overview(state, sentence, parts);
  }

  static Overview of(Facts facts) {
    List<String> unknown = unknown(facts);
    List<Incident> firing =
        facts.board().incidents().stream()
            .filter(incident -> incident.standing() == Standing.FIRING)
            .toList();
    if (!firing.isEmpty()) {
      var more = new ArrayList<String>();
      more.addAll(quiet(facts));
      more.addAll(unknown);
      return new Overview("firing", firing(firing), more);
    }
    var more = new ArrayList<String>(quiet(facts));
    more.add(evaluated(facts));
    if (!unknown.isEmpty()) {
      more.addAll(0, unknown.subList(1, unknown.size()));
      return new Overview("unknown", unknown.getFirst(), more);
    }
    return new Overview("ok", "All is well " + since(facts) + ".", more);
  }

  private static String firing(List<Incident> firing) {
    CurrentAlert worst = firing.getFirst().worst();
    String summary = MeasuredValue.tidy(PageLanguage.spoken().text(worst.annotations(), "summary"));
    return (firing.size() == 1 ? "1 incident: " : firing.size() + " incidents, the worst: ")
        + PageText.of(worst.name())
        + "."
        + (summary.isEmpty() ? "" : " " + PageText.of(summary));
  }

  private static List<String> quiet(Facts facts) {
    var parts = new ArrayList<String>();
    for (Standing standing : List.of(Standing.PENDING, Standing.SILENCED, Standing.MUTED)) {
      long count = facts.board().count(standing);
      if (count > 0) {
        parts.add("%d %s".formatted(count, standing.text()));
      }
    }
    return parts.isEmpty() ? List.of() : List.of("Not notified: " + String.join(", ", parts) + ".");
  }

  /// Returns sentences about what Pharos does not know, the most important first.
  private static List<String> unknown(Facts facts) {
    var sentences = new ArrayList<String>();
    long rules = facts.groups().stream().mapToLong(group -> group.rules().size()).sum();
    if (rules == 0 && facts.board().heartbeats().isEmpty()) {
      sentences.add(
          "No rules are loaded, and no heartbeat of others arrives, so silence may mean that nobody"
              + " watches.");
    }
    if (rules > 0 && facts.groups().stream().allMatch(group -> group.lastEvaluation() == null)) {
      sentences.add("No rule has been evaluated yet.");
    }
    facts.troubles().stream()
        .filter(trouble -> trouble.kind().isCritical())
        .forEach(
            trouble ->
                sentences.add(
                    "Pharos is in trouble: " + trouble.text().replaceFirst("\\.$", "") + "."));
    long late = facts.groups().stream().filter(group -> standsStill(group, facts)).count();
    if (late > 0) {
      sentences.add("%d of %d groups of rules stand still.".formatted(late, facts.groups().size()));
    }
    List<String> failing =
        facts.groups().stream()
            .flatMap(group -> group.rules().stream())
            .filter(rule -> rule.evaluation().health() == RuleHealth.ERR)
            .map(RuleSnapshot::name)
            .toList();
    if (!failing.isEmpty()) {
      sentences.add(
          "Pharos cannot evaluate %d of %d rules: %s%s."
              .formatted(
                  failing.size(),
                  rules,
                  failing.stream().limit(MAX_NAMES).map(PageText::of).collect(joining(", ")),
                  failing.size() > MAX_NAMES ? " and others" : ""));
    }
    if (facts.unobservable() > 0) {
      sentences.add("Pharos cannot see %d targets.".formatted(facts.unobservable()));
    }
    if (!facts.silent().isEmpty()) {
      sentences.add(
          "Nobody gets the alerts for %s, which has no working integration."
              .formatted(String.join(", ", facts.silent().stream().sorted().toList())));
    }
    return sentences;
  }

  private static boolean standsStill(GroupSnapshot group, Facts facts) {
    Instant last = group.lastEvaluation();
    Instant from = last == null ? facts.startedAt() : last;
    return from.plus(group.interval().multipliedBy(MAX_INTERVALS))
        .plus(GRACE)
        .isBefore(facts.board().at());
  }

  private static String evaluated(Facts facts) {
    long rules = facts.groups().stream().mapToLong(group -> group.rules().size()).sum();
    if (rules == 0) {
      return facts.board().heartbeats().isEmpty()
          ? "Pharos evaluates no rules itself."
          : "Others evaluate the rules, and their heartbeat arrives.";
    }
    return facts.groups().stream()
        .map(GroupSnapshot::lastEvaluation)
        .filter(Objects::nonNull)
        .max(Comparator.naturalOrder())
        .map(
            last ->
                "%d rules, the last evaluated %s."
                    .formatted(rules, PageTime.of(last, facts.board().at()).ago()))
        .orElse("%d rules, none evaluated yet.".formatted(rules));
  }

  private static String since(Facts facts) {
    Instant now = facts.board().at();
    return facts
        .lastFired()
        .map(last -> "for " + PageTime.span(Duration.between(last, now)))
        .orElseGet(
            () -> {
              Duration up = Duration.between(facts.startedAt(), now);
              return up.compareTo(LastFiring.QUIET) >= 0
                  ? "for at least " + PageTime.span(LastFiring.QUIET)
                  : "since the start " + PageTime.span(up) + " ago";
            });
  }
}
