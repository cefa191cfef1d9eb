package io.pharos.server.web.incident;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.MatcherParser;
import io.pharos.server.web.design.PageText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the page of incidents shows: all, or those with an alert that has a standing and matches.
///
/// @param text the matchers as the reader wrote them
/// @param matchers the matchers; none if the text is empty or wrong
/// @param problem why the text is wrong; empty if it is right
/// @param standing empty for all
record IncidentFilter(
    String text, List<LabelMatcher> matchers, String problem, Optional<Standing> standing) {
  /// Suggestions are pairs that many current alerts have; more would make a long list.
  private static final int MAX_SUGGESTIONS = 100;

  IncidentFilter {
    matchers = List.copyOf(matchers);
  }

  /// Reads the parameters of the page's address.
  ///
  /// @param filter matchers in Alertmanager's syntax; null for none
  /// @param state the word of a standing; null or unknown for all
  static IncidentFilter of(@Nullable String filter, @Nullable String state) {
    String text = filter == null ? "" : filter.strip();
    Optional<Standing> standing =
        Stream.of(Standing.values()).filter(it -> it.text().equals(state)).findFirst();
    if (text.isEmpty()) {
      return new IncidentFilter("", List.of(), "", standing);
    }
    try {
      return new IncidentFilter(text, MatcherParser.parseMatchers(text), "", standing);
    } catch (IllegalArgumentException e) {
      return new IncidentFilter(
          text,
          List.of(),
          "The filter is not valid: %s. Expected matchers such as severity=\"critical\", job=~\"a.*\"."
              .formatted(e.getMessage()),
          standing);
    }
  }

  /// Returns the incidents, each only with the alerts that match. An incident also stays if a
  /// consequence does.
  List<Incident> apply(List<Incident> incidents) {
    return incidents.stream().flatMap(incident -> apply(incident).stream()).toList();
  }

  private Optional<Incident> apply(Incident incident) {
    List<Incident> consequences = apply(incident.consequences());
    List<CurrentAlert> alerts = incident.alerts().stream().filter(this::shows).toList();
    if (!alerts.isEmpty()) {
      return Optional.of(new Incident(incident.groupLabels(), alerts, consequences));
    }
    return consequences.isEmpty()
        ? Optional.empty()
        : Optional.of(new Incident(incident.groupLabels(), incident.alerts(), consequences));
  }

  private boolean shows(CurrentAlert alert) {
    return standing.map(it -> it == alert.standing()).orElse(true)
        && LabelMatcher.matchesAll(matchers, alert.labels());
  }

  /// Counts the alerts with each value of each label, by the label's name and the value.
  static Map<String, Map<String, Integer>> pairs(Board board) {
    Map<String, Map<String, Integer>> counts = new TreeMap<>();
    board
        .all()
        .flatMap(incident -> incident.alerts().stream())
        .map(CurrentAlert::labels)
        .forEach(
            labels ->
                labels.forEach(
                    (name, value) ->
                        counts
                            .computeIfAbsent(name, _ -> new HashMap<>())
                            .merge(value, 1, Integer::sum)));
    return counts;
  }

  /// A pair of a label and its value, and the number of alerts that have it.
  private record Pair(String name, String value, int count) {
    static final Comparator<Pair> ORDER =
        Comparator.comparingInt(Pair::count)
            .reversed()
            .thenComparing(Pair::name)
            .thenComparing(Pair::value);

    LabelMatcher matcher() {
      return LabelMatcher.equal(name, value);
    }
  }

  /// Returns the filters that add one pair of a label and its value, the most frequent first.
  ///
  /// @param pairs see [#pairs]
  List<String> suggestions(Map<String, Map<String, Integer>> pairs) {
    var found = new ArrayList<Pair>();
    pairs.forEach(
        (name, values) ->
            values.forEach((value, count) -> found.add(new Pair(name, value, count))));
    found.sort(Pair.ORDER);
    String before = problem.isEmpty() && !text.isEmpty() ? MatcherParser.format(matchers) : "";
    String prefix = before.isEmpty() ? "" : before.substring(1, before.length() - 1) + ", ";
    return found.stream()
        .map(Pair::matcher)
        .filter(matcher -> !matchers.contains(matcher))
        .limit(MAX_SUGGESTIONS)
        .map(matcher -> prefix + PageText.of(matcher.toString()))
        .toList();
  }

  /// Groups incidents by the value of a label of their most urgent alert, in the order of the most
  /// urgent incident of each value.
  ///
  /// @param label name of the label; empty for one section with all
  static List<Section> sections(List<Incident> incidents, String label) {
    var sections = new ArrayList<Section>();
    incidents.stream()
        .map(incident -> label.isEmpty() ? "" : value(incident.worst().labels(), label))
        .distinct()
        .forEach(
            value ->
                sections.add(
                    new Section(
                        label.isEmpty() ? "" : label + " " + value,
                        incidents.stream()
                            .filter(
                                it ->
                                    label.isEmpty()
                                        || value(it.worst().labels(), label).equals(value))
                            .sorted(Incident.ORDER)
                            .toList())));
    return sections;
  }

  private static String value(Labels labels, String label) {
    String value = labels.get(label);
    return value.isEmpty() ? "(none)" : value;
  }

  /// Returns the names of the labels that current alerts have, for the choice of the grouping.
  ///
  /// @param pairs see [#pairs]
  static List<String> labelNames(Map<String, Map<String, Integer>> pairs) {
    return pairs.keySet().stream()
        .filter(name -> !name.toLowerCase(Locale.ROOT).equals("alertname"))
        .limit(MAX_SUGGESTIONS)
        .toList();
  }

  /// A part of the page.
  ///
  /// @param title empty if the page has one part only
  record Section(String title, List<Incident> incidents) {
    Section {
      incidents = List.copyOf(incidents);
    }
  }
}
