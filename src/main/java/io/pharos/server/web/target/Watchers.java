package io.pharos.server.web.target;

import io.pharos.alerting.message.EpisodeLinks;
import io.pharos.alerting.message.TextLimit;
import io.pharos.ingest.scrape.TargetsSnapshot.ActiveTarget;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.LinkAddress;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.incident.Board;
import io.pharos.server.web.incident.CurrentAlert;
import io.pharos.server.web.language.PageLanguage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The alerts about something watched, and the rules that read its series.
///
/// @param alerts the current alerts about it
/// @param rules rules whose expressions select its series
/// @param omitted number of further rules
record Watchers(List<Alert> alerts, List<Rule> rules, int omitted) {
  private static final int MAX_ALERTS = 10;
  private static final int MAX_RULES = 15;
  private static final int MAX_TEXT = 160;

  /// Endings of the series of histograms and summaries.
  private static final Set<String> PARTS = Set.of("_bucket", "_count", "_sum", "_total");

  /// A current alert.
  ///
  /// @param runbook empty if it has none
  record Alert(
      String state, String name, String summary, PageTime since, String incident, String runbook) {}

  /// A rule that reads its series.
  record Rule(String kind, String name, String address, String condition) {}

  static Watchers of(
      Watched one, Board board, List<GroupSnapshot> groups, String externalUrl, Instant now) {
    Predicate<String> metrics = metrics(one);
    var rules = new ArrayList<Rule>();
    int omitted = 0;
    for (GroupSnapshot group : groups) {
      for (RuleSnapshot rule : group.rules()) {
        if (!rule.isOfLines() && reads(rule.query(), one.labels(), metrics)) {
          if (rules.size() < MAX_RULES) {
            rules.add(rule(group, rule));
          } else {
            omitted++;
          }
        }
      }
    }
    List<Alert> alerts =
        board
            .all()
            .flatMap(incident -> incident.alerts().stream())
            .filter(alert -> isAbout(alert.labels(), one))
            .limit(MAX_ALERTS)
            .map(alert -> alert(alert, externalUrl, now))
            .toList();
    return new Watchers(alerts, rules, omitted);
  }

  private static Rule rule(GroupSnapshot group, RuleSnapshot rule) {
    return new Rule(
        switch (rule) {
          case RuleSnapshot.Alerting alerting -> alerting.state().name().toLowerCase(Locale.ROOT);
          case RuleSnapshot.Recording _ -> "recording";
        },
        TextLimit.line(MAX_TEXT, rule.name()),
        PageLinks.rule(group, rule),
        TextLimit.line(MAX_TEXT, rule.query()));
  }

  private static Alert alert(CurrentAlert alert, String externalUrl, Instant now) {
    Labels annotations = PageLanguage.spoken().localized(alert.annotations());
    String runbook =
        EpisodeLinks.runbook(annotations.get("runbook_url"), externalUrl, alert.labels());
    return new Alert(
        alert.standing().name().toLowerCase(Locale.ROOT),
        TextLimit.line(MAX_TEXT, alert.name()),
        PageText.of(annotations.get("summary")),
        PageTime.of(alert.since(), now),
        PageLinks.incident(alert.groupLabels()),
        LinkAddress.isLink(runbook) ? runbook : "");
  }

  /// Returns whether the labels of an alert name exactly this one.
  private static boolean isAbout(Labels alert, Watched one) {
    return one.kind() == Watched.Kind.TARGET
        ? Stream.of("job", "instance")
            .allMatch(label -> alert.has(label) && alert.get(label).equals(one.labels().get(label)))
        : alert.get("probe").equals(one.labels().get("probe"));
  }

  private static Predicate<String> metrics(Watched one) {
    ActiveTarget target = one.target();
    return target == null
        ? name -> name.startsWith("probe_")
        : name ->
            name.equals("up")
                || name.startsWith("scrape_")
                || target.metadata().containsKey(name)
                || PARTS.stream()
                    .filter(name::endsWith)
                    .map(part -> name.substring(0, name.length() - part.length()))
                    .anyMatch(target.metadata()::containsKey);
  }

  /// Whether an expression selects series of these metrics. A matcher of a label that all series of
  /// the target have must accept its value; the other labels differ from series to series.
  static boolean reads(String expression, Labels labels, Predicate<String> metrics) {
    Expr tree;
    try {
      tree = PromqlParser.parse(expression, ParserOptions.all());
    } catch (ParseException _) { // only the remote engine can read it
      return false;
    }
    return tree.selectors()
        .anyMatch(selector -> metrics.test(name(selector)) && accepts(selector, labels));
  }

  private static String name(Expr.VectorSelector selector) {
    String name = selector.name();
    return name == null ? "" : name;
  }

  private static boolean accepts(Expr.VectorSelector selector, Labels labels) {
    return selector.matchers().stream()
        .filter(matcher -> labels.has(matcher.name()))
        .allMatch((LabelMatcher matcher) -> matcher.matches(labels.get(matcher.name())));
  }
}
