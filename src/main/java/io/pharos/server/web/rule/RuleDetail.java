package io.pharos.server.web.rule;

import static io.pharos.server.web.design.PageText.counted;

import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.PrettyPrinter;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.parser.Syntax;
import io.pharos.rules.AlertSnapshot;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleSnapshot;
import io.pharos.rules.hysteresis.Hysteresis;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What a rule is and how its last evaluation went, as its page shows it.
///
/// @param verdict the state of the rule in a sentence
/// @param code the expression with its kinds of parts
/// @param facts what its file says about it
/// @param annotations its templates, with their texts in the alert that is the most urgent
/// @param evaluation facts about the last evaluation
/// @param problems why the last evaluation failed or came late, and what the engine warns of
record RuleDetail(
    String state,
    String severity,
    RuleList.Verdict verdict,
    List<Syntax> code,
    List<Fact> facts,
    List<Annotation> annotations,
    List<Fact> evaluation,
    List<String> problems,
    @Nullable PageTime lastRun) {
  /// A name and its value.
  record Fact(String name, String value) {}

  /// An annotation.
  ///
  /// @param now its text in an alert; empty without an alert, or if it is the same as the template
  record Annotation(String name, String template, String now) {}

  static RuleDetail of(GroupSnapshot group, RuleSnapshot rule, long missed, Instant now) {
    RuleSnapshot.Evaluation last = rule.evaluation();
    var problems = new ArrayList<>(last.warnings());
    if (!last.lastError().isEmpty()) {
      problems.addFirst(last.lastError());
    }
    String late = RuleList.late(group, now);
    if (!late.isEmpty()) {
      problems.add(late);
    }
    Instant at = last.at();
    return new RuleDetail(
        RuleStanding.of(rule).text(),
        RuleRow.severity(rule),
        verdict(group, rule, now),
        code(rule),
        facts(group, rule),
        annotations(rule),
        evaluation(group, rule, missed),
        problems,
        at == null ? null : PageTime.of(at, now));
  }

  /// Whether somebody should look at the rule.
  public boolean isUrgent() {
    return RuleStanding.parse(state).filter(RuleStanding::isUrgent).isPresent();
  }

  /// Returns the tree of an expression; empty if it is LogQL, or only a remote engine can read it.
  static Optional<Expr> tree(RuleSnapshot rule) {
    if (rule.isOfLines()) {
      return Optional.empty();
    }
    try {
      return Optional.of(PromqlParser.parse(rule.query(), ParserOptions.all()));
    } catch (ParseException e) {
      return Optional.empty();
    }
  }

  private static List<Syntax> code(RuleSnapshot rule) {
    return tree(rule)
        .map(tree -> Syntax.parts(PrettyPrinter.print(tree)))
        .orElse(List.of(new Syntax(Syntax.Kind.PLAIN, rule.query())));
  }

  private static RuleList.Verdict verdict(GroupSnapshot group, RuleSnapshot rule, Instant now) {
    return switch (RuleStanding.of(rule)) {
      case FAILED ->
          new RuleList.Verdict(
              "firing",
              "The rule cannot be evaluated.",
              "Until this is repaired, none of its alerts starts or ends. "
                  + rule.evaluation().lastError());
      case UNKNOWN ->
          rule.evaluation().at() == null
              ? new RuleList.Verdict(
                  "unknown",
                  "The rule was not evaluated yet.",
                  "Its group follows every " + PageTime.span(group.interval()) + ".")
              : new RuleList.Verdict(
                  "unknown",
                  "Pharos cannot see what the rule asks about, so its state is unknown.",
                  "Its alerts stay as they are. " + rule.evaluation().lastError());
      case FIRING, PENDING, INACTIVE -> ofAlerts(rule, now);
      case HEARTBEAT ->
          new RuleList.Verdict(
              "ok", "It fires always, so that its absence shows that alerting failed.", "");
      case RECORDING ->
          new RuleList.Verdict(
              "ok",
              "The rule records %s every %s."
                  .formatted(rule.name(), PageTime.span(group.interval())),
              "");
    };
  }

  private static RuleList.Verdict ofAlerts(RuleSnapshot rule, Instant now) {
    List<AlertSnapshot> alerts = alerts(rule);
    long firing = alerts.stream().filter(alert -> alert.state() == AlertState.FIRING).count();
    long pending = alerts.size() - firing;
    if (alerts.isEmpty()) {
      return new RuleList.Verdict("ok", "Its condition does not hold, so nothing fires.", "");
    }
    String since =
        "The first began "
            + PageTime.span(Duration.between(alerts.getFirst().activeAt(), now))
            + " ago.";
    return firing > 0
        ? new RuleList.Verdict(
            "firing",
            counted(firing, "alert")
                + (firing == 1 ? " fires" : " fire")
                + (pending == 0
                    ? "."
                    : ", " + pending + (pending == 1 ? " is" : " are") + " pending."),
            since)
        : new RuleList.Verdict(
            "unknown",
            counted(pending, "alert")
                + (pending == 1 ? " is" : " are")
                + " pending: the condition holds, but not yet for long enough.",
            since);
  }

  private static List<AlertSnapshot> alerts(RuleSnapshot rule) {
    return switch (rule) {
      case RuleSnapshot.Alerting alerting ->
          alerting.alerts().stream().sorted(Comparator.comparing(AlertSnapshot::activeAt)).toList();
      case RuleSnapshot.Recording _ -> List.of();
    };
  }

  private static List<Fact> facts(GroupSnapshot group, RuleSnapshot rule) {
    var facts = new ArrayList<Fact>();
    if (rule instanceof RuleSnapshot.Alerting alerting) {
      facts.add(
          new Fact(
              "for",
              alerting.holdFor().isZero()
                  ? "none: it fires at the first evaluation at which its condition holds"
                  : PromDuration.format(alerting.holdFor())
                      + ": it fires when its condition has held for this time"));
      Hysteresis hysteresis = alerting.hysteresis();
      if (hysteresis.isCounted()) {
        facts.add(
            new Fact(
                "fire_after",
                "its condition holds if the expression was true in at least %d of the last %d evaluations"
                    .formatted(hysteresis.atLeast(), hysteresis.of())));
      }
      if (!alerting.continues().isEmpty()) {
        facts.add(
            new Fact("resolve_at", "once it fires, it goes on while " + alerting.continues()));
      }
      if (!alerting.keepFiringFor().isZero()) {
        facts.add(
            new Fact(
                "keep_firing_for",
                PromDuration.format(alerting.keepFiringFor())
                    + ": it goes on for this time after its condition ended"));
      }
    }
    facts.add(new Fact("group", group.name() + ", every " + PageTime.span(group.interval())));
    facts.add(new Fact("file", group.file()));
    if (!group.queryOffset().isZero()) {
      facts.add(
          new Fact(
              "query_offset",
              PromDuration.format(group.queryOffset()) + ": it reads samples that are so old"));
    }
    if (group.limit() > 0) {
      facts.add(new Fact("limit", counted(group.limit(), "series")));
    }
    return facts;
  }

  private static List<Annotation> annotations(RuleSnapshot rule) {
    SortedMap<String, String> templates =
        switch (rule) {
          case RuleSnapshot.Alerting alerting -> alerting.annotations();
          case RuleSnapshot.Recording _ -> Collections.emptySortedMap();
        };
    Labels now =
        alerts(rule).stream()
            .min(Comparator.comparing(AlertSnapshot::state, Comparator.reverseOrder()))
            .map(AlertSnapshot::annotations)
            .orElse(Labels.empty());
    return templates.entrySet().stream()
        .map(
            one -> {
              String text = now.get(one.getKey());
              return new Annotation(
                  one.getKey(), one.getValue(), text.equals(one.getValue()) ? "" : text);
            })
        .toList();
  }

  private static List<Fact> evaluation(GroupSnapshot group, RuleSnapshot rule, long missed) {
    RuleSnapshot.Evaluation last = rule.evaluation();
    var facts = new ArrayList<Fact>();
    facts.add(
        new Fact(
            "took",
            PageTime.took(last.duration())
                + ", "
                + RuleRow.percent(RuleRow.share(group, rule))
                + " of the interval"));
    facts.add(
        new Fact(
            "read",
            counted(last.stats().samples(), "sample")
                + ", at most "
                + counted(last.stats().peakSamples(), "sample")
                + " in memory at once"));
    if (!last.stats().shared().isEmpty()) {
      facts.add(
          new Fact(
              "shared",
              counted(last.stats().shared().size(), "part")
                  + " of the expression that another rule of the group had computed"));
    }
    facts.add(
        new Fact(
            "group",
            "its last evaluation took "
                + PageTime.took(group.evaluationTime())
                + "; "
                + (missed == 0 ? "none" : counted(missed, "evaluation"))
                + " missed since the start"));
    return facts;
  }
}
