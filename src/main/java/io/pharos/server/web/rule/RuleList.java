package io.pharos.server.web.rule;

import static io.pharos.server.web.design.PageText.counted;

import io.pharos.alerting.message.TextLimit;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The rules that a search finds, as the list shows them.
///
/// @param verdict the health of all rules, also of those that the search leaves out
/// @param failing the rules that need a repair: those that cannot be evaluated
/// @param found a sentence about what the search finds; empty without a search
/// @param groups the groups with what the search finds, those with something to look at first
/// @param costs the most expensive rules; empty unless the search asks for them
/// @param omitted a sentence about rules that are not shown because there are too many; else empty
record RuleList(
    Verdict verdict,
    List<RuleRow> failing,
    String found,
    List<Group> groups,
    List<RuleRow> costs,
    String omitted) {
  /* Rows on one page. With more, a phone needs seconds to draw it, and nobody reads them. */
  private static final int MAX_ROWS = 1000;

  private static final int MAX_COSTS = 100;
  private static final int MAX_NAMED = 3;

  /// The first sentence of the page.
  ///
  /// @param state its class in the style sheet: `ok`, `firing` (something fails) or `unknown`
  record Verdict(String state, String sentence, String detail) {}

  /// One group.
  ///
  /// @param state the most urgent state of its rules
  /// @param late why its evaluations come late; empty if they do not
  /// @param rows its rules with something to look at; all if there are none
  /// @param rest its other rules
  /// @param counts how many rules are there in which state
  record Group(
      String state,
      String name,
      String file,
      boolean open,
      String late,
      String counts,
      String every,
      String took,
      @Nullable PageTime lastRun,
      List<RuleRow> rows,
      List<RuleRow> rest) {}

  private record Found(GroupSnapshot group, RuleSnapshot rule) {
    private RuleStanding standing() {
      return RuleStanding.of(rule);
    }

    private RuleRow row(Instant now) {
      return RuleRow.of(group, rule, now);
    }
  }

  static RuleList of(List<GroupSnapshot> all, RuleSearch search, Instant now) {
    List<List<Found>> parts =
        all.stream()
            .map(
                group ->
                    group.rules().stream()
                        .filter(rule -> search.matches(group, rule))
                        .map(rule -> new Found(group, rule))
                        .toList())
            .filter(part -> !part.isEmpty())
            .toList();
    List<Found> found = parts.stream().flatMap(List::stream).toList();
    int shown = search.byCost() ? MAX_COSTS : MAX_ROWS;
    return new RuleList(
        verdict(all, now),
        search.isNarrow() || search.byCost() ? List.of() : failing(found, now),
        search.isNarrow()
            ? counted(found.size(), "rule") + (found.size() == 1 ? " matches." : " match.")
            : "",
        search.byCost() ? List.of() : groups(parts, search, now),
        search.byCost() ? costs(found, now) : List.of(),
        found.size() > shown
            ? "%s of %s are shown. Search for the others."
                .formatted(counted(shown, "rule"), counted(found.size(), "rule"))
            : "");
  }

  private static List<RuleRow> failing(List<Found> found, Instant now) {
    return found.stream()
        .filter(one -> one.standing() == RuleStanding.FAILED)
        .limit(MAX_COSTS)
        .map(one -> one.row(now))
        .toList();
  }

  private static List<RuleRow> costs(List<Found> found, Instant now) {
    return found.stream()
        .sorted(
            Comparator.comparingDouble((Found one) -> RuleRow.share(one.group(), one.rule()))
                .reversed())
        .limit(MAX_COSTS)
        .map(one -> one.row(now))
        .toList();
  }

  private static List<Group> groups(List<List<Found>> parts, RuleSearch search, Instant now) {
    var groups = new ArrayList<Group>();
    int room = MAX_ROWS;
    for (List<Found> rules :
        parts.stream()
            .sorted(
                Comparator.comparing(RuleList::worst)
                    .thenComparing(part -> late(part.getFirst().group(), now).isEmpty()))
            .toList()) {
      List<Found> shown = rules.subList(0, Math.min(room, rules.size()));
      room -= shown.size();
      groups.add(group(rules, shown, search.isNarrow(), now));
    }
    return groups;
  }

  /// A standing that needs attention counts before the others; the rest of the groups stay in the
  /// order of their files.
  private static RuleStanding worst(List<Found> rules) {
    RuleStanding worst =
        rules.stream().map(Found::standing).min(Comparator.naturalOrder()).orElseThrow();
    return worst.compareTo(RuleStanding.UNKNOWN) <= 0 ? worst : RuleStanding.INACTIVE;
  }

  private static Group group(List<Found> rules, List<Found> shown, boolean narrow, Instant now) {
    GroupSnapshot group = rules.getFirst().group();
    RuleStanding worst = worst(rules);
    String late = late(group, now);
    Instant last = group.lastEvaluation();
    List<Found> first =
        narrow
            ? List.of()
            : shown.stream()
                .filter(one -> one.standing().isUrgent())
                .sorted(Comparator.comparing(Found::standing))
                .toList();
    List<Found> rest = shown.stream().filter(one -> !one.standing().isUrgent()).toList();
    int slash = Math.max(group.file().lastIndexOf('/'), group.file().lastIndexOf('\\'));
    return new Group(
        worst == RuleStanding.INACTIVE ? "ok" : worst.text(),
        group.name(),
        group.file().substring(slash + 1),
        narrow || worst.isUrgent() || !late.isEmpty(),
        late,
        counts(rules),
        PageTime.span(group.interval()),
        PageTime.took(group.evaluationTime()),
        last == null ? null : PageTime.of(last, now),
        first.isEmpty() ? rows(shown, now) : rows(first, now),
        first.isEmpty() ? List.of() : rows(rest, now));
  }

  private static List<RuleRow> rows(List<Found> rules, Instant now) {
    return rules.stream().map(one -> one.row(now)).toList();
  }

  /// Returns why the evaluations of a group come late; empty if they do not.
  static String late(GroupSnapshot group, Instant now) {
    Instant last = group.lastEvaluation();
    if (last == null) {
      return "";
    }
    if (group.evaluationTime().compareTo(group.interval()) > 0) {
      return "Slow: an evaluation takes "
          + PageTime.span(group.evaluationTime())
          + ", but the interval is "
          + PageTime.span(group.interval())
          + ".";
    }
    Duration since = Duration.between(last, now);
    return since.compareTo(group.interval().multipliedBy(2).plus(group.evaluationTime())) > 0
        ? "Late: the last evaluation was "
            + PageTime.span(since)
            + " ago, but the interval is "
            + PageTime.span(group.interval())
            + "."
        : "";
  }

  private static String counts(List<Found> rules) {
    Map<RuleStanding, Integer> counts = new EnumMap<>(RuleStanding.class);
    rules.forEach(one -> counts.merge(one.standing(), 1, Integer::sum));
    return counted(rules.size(), "rule")
        + counts.entrySet().stream()
            .filter(one -> one.getKey().compareTo(RuleStanding.UNKNOWN) <= 0)
            .map(one -> ", " + one.getValue() + " " + one.getKey().text())
            .collect(Collectors.joining());
  }

  private static Verdict verdict(List<GroupSnapshot> all, Instant now) {
    List<RuleSnapshot> rules = all.stream().flatMap(group -> group.rules().stream()).toList();
    Map<RuleStanding, List<RuleSnapshot>> by =
        rules.stream().collect(Collectors.groupingBy(RuleStanding::of));
    List<RuleSnapshot> failed = by.getOrDefault(RuleStanding.FAILED, List.of());
    List<RuleSnapshot> unknown = by.getOrDefault(RuleStanding.UNKNOWN, List.of());
    List<GroupSnapshot> late = all.stream().filter(group -> !late(group, now).isEmpty()).toList();
    String total = counted(rules.size(), "rule");
    String detail =
        Stream.of(
                by.getOrDefault(RuleStanding.FIRING, List.of()).size() + " firing",
                by.getOrDefault(RuleStanding.PENDING, List.of()).size() + " pending",
                by.getOrDefault(RuleStanding.INACTIVE, List.of()).size() + " inactive",
                by.getOrDefault(RuleStanding.RECORDING, List.of()).size() + " recording")
            .collect(Collectors.joining(", "));
    String cost =
        ". All evaluations together take %s of the time."
            .formatted(
                RuleRow.percent(
                    all.stream()
                        .mapToDouble(
                            group ->
                                group.evaluationTime().toNanos()
                                    / (double) group.interval().toNanos())
                        .sum()));
    if (!failed.isEmpty()) {
      return new Verdict(
          "firing",
          failed.size() + " of " + total + " cannot be evaluated: " + names(failed) + ".",
          "Until this is repaired, none of their alerts starts or ends. " + detail + cost);
    }
    if (!unknown.isEmpty()) {
      return new Verdict(
          "unknown",
          "The state of "
              + unknown.size()
              + " of "
              + total
              + " is unknown: "
              + names(unknown)
              + ".",
          "They were not evaluated yet, or data are missing; the page of each says why. "
              + detail
              + cost);
    }
    if (!late.isEmpty()) {
      return new Verdict(
          "unknown",
          counted(late.size(), "group")
              + " of rules "
              + (late.size() == 1 ? "is" : "are")
              + " late.",
          late(late.getFirst(), now) + " " + detail + cost);
    }
    if (rules.isEmpty()) {
      return new Verdict("unknown", "No rule watches anything.", "");
    }
    return new Verdict("ok", total + ", all evaluated" + oldest(all, now) + ".", detail + cost);
  }

  /* The oldest evaluation counts: each rule was evaluated then or later. */
  private static String oldest(List<GroupSnapshot> all, Instant now) {
    return all.stream()
        .flatMap(group -> Stream.ofNullable(group.lastEvaluation()))
        .min(Comparator.naturalOrder())
        .map(at -> " in the last " + PageTime.span(Duration.between(at, now)))
        .orElse("");
  }

  private static String names(List<RuleSnapshot> rules) {
    int more = rules.size() - MAX_NAMED;
    return rules.stream()
            .limit(MAX_NAMED)
            .map(rule -> TextLimit.line(RuleRow.MAX_NAME, rule.name()))
            .collect(Collectors.joining(", "))
        + (more > 0 ? " and " + more + " more" : "");
  }
}
