package io.pharos.server.app;

import io.pharos.gate.observe.FiringAlerts;
import io.pharos.model.Labels;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// The alerts of this process' own rules, for gates. While a rule whose alerts matter, or a
/// recording rule that it reads, fails or has not been evaluated since it was loaded, the answer is
/// unknown. Rules about something else may fail: after a start, rules with long windows do so for
/// some time.
///
/// @param groups the groups of rules
/// @param isSilenced whether a silence applies to an alert
record RuleAlerts(Supplier<List<GroupSnapshot>> groups, Predicate<Labels> isSilenced)
    implements FiringAlerts {
  /* A selector without a name before its matchers. */
  private static final Pattern NAMELESS = Pattern.compile("(?<![\\w:])\\{");

  @Override
  public Answer read(Instant now, Predicate<Map<String, String>> matters) {
    List<GroupSnapshot> all = groups.get();
    List<RuleSnapshot> needed = needed(all, matters);
    for (RuleSnapshot rule : needed) {
      Optional<String> problem = problem(rule);
      if (problem.isPresent()) {
        return new Answer.Unknown(problem.get());
      }
    }
    Instant oldest = now;
    var alerts = new ArrayList<Active>();
    int count = 0;
    for (GroupSnapshot group : all) {
      for (RuleSnapshot rule : group.rules()) {
        if (rule instanceof RuleSnapshot.Alerting alerting) {
          count++;
          alerts.addAll(alerts(alerting));
        }
      }
      if (group.rules().stream().anyMatch(rule -> isNeeded(rule, matters))) {
        Instant evaluated = group.lastEvaluation();
        if (evaluated == null) {
          return new Answer.Unknown("rule group " + group.name() + " has not been evaluated yet");
        }
        oldest = evaluated.isBefore(oldest) ? evaluated : oldest;
      }
    }
    return new Answer.Known(count, oldest, alerts);
  }

  private static Optional<String> problem(RuleSnapshot rule) {
    if (rule.evaluation().health() == RuleHealth.ERR) {
      return Optional.of(
          "rule %s can't be evaluated (/rules): %s"
              .formatted(rule.name(), rule.evaluation().lastError()));
    }
    return rule instanceof RuleSnapshot.Alerting alerting && alerting.state() == AlertState.UNKNOWN
        ? Optional.of("rule " + rule.name() + " has not been evaluated yet")
        : Optional.empty();
  }

  private List<Active> alerts(RuleSnapshot.Alerting rule) {
    return rule.alerts().stream()
        .map(
            alert ->
                new Active(
                    alert.labels(),
                    alert.activeAt(),
                    alert.state() == AlertState.FIRING,
                    isSilenced.test(alert.labels())))
        .toList();
  }

  /// Returns the alerting rules whose alerts may matter, and the recording rules that they read,
  /// also through other recording rules.
  private static List<RuleSnapshot> needed(
      List<GroupSnapshot> groups, Predicate<Map<String, String>> matters) {
    var needed = new ArrayList<RuleSnapshot>();
    var others = new ArrayList<RuleSnapshot>();
    for (GroupSnapshot group : groups) {
      for (RuleSnapshot rule : group.rules()) {
        if (isNeeded(rule, matters)) {
          needed.add(rule);
        } else if (rule instanceof RuleSnapshot.Recording) {
          others.add(rule);
        }
      }
    }
    for (int i = 0; i < needed.size(); i++) {
      RuleSnapshot reader = needed.get(i);
      List<RuleSnapshot> read = others.stream().filter(rule -> mayRead(reader, rule)).toList();
      needed.addAll(read);
      others.removeAll(read);
    }
    return needed;
  }

  private static boolean mayRead(RuleSnapshot reader, RuleSnapshot recording) {
    String query = reader.query();
    return query.contains(recording.name())
        || (!reader.isOfLines()
            && (query.contains(Labels.METRIC_NAME) || NAMELESS.matcher(query).find()));
  }

  private static boolean isNeeded(RuleSnapshot rule, Predicate<Map<String, String>> matters) {
    return rule instanceof RuleSnapshot.Alerting && matters.test(labels(rule));
  }

  /* A label with a template, or of the expression, has an unknown value. */
  private static Map<String, String> labels(RuleSnapshot rule) {
    var known = new TreeMap<>(rule.labels());
    known.values().removeIf(value -> value.contains("{{"));
    known.put("alertname", rule.name());
    return known;
  }
}
