package io.pharos.server.web.incident;

import io.pharos.alerting.message.AlertSubject;
import io.pharos.dashboards.DashboardReading.QuerySources;
import io.pharos.dashboards.PanelView.LogLine;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The log lines of what an alert is about, around its start.
///
/// @param lines the oldest first
/// @param query the query that found them; empty if there are none
/// @param sentence why there are none; empty if there are some
record LogLines(List<Line> lines, String query, String sentence) {
  /// More lines than a person reads.
  static final int MAX_LINES = 40;

  static final Duration BEFORE = Duration.ofMinutes(5);
  static final Duration AFTER = Duration.ofMinutes(1);

  /// A line, cut to what a page shows of a text.
  ///
  /// @param level may be empty
  record Line(PageTime at, String level, String text) {}

  LogLines {
    lines = List.copyOf(lines);
  }

  /// Reads the lines of the narrowest streams that have some.
  ///
  /// @param labels labels of the alert
  /// @throws io.pharos.promql.value.QueryException if Loki refuses a query or is unreachable
  static LogLines of(QuerySources.Logs loki, Labels labels, Instant start, Instant now) {
    Instant until = start.plus(AFTER).isBefore(now) ? start.plus(AFTER) : now;
    Set<String> queries = queries(labels);
    for (String query : queries) {
      List<LogLine> found =
          loki.lines(
              query, start.minus(BEFORE).toEpochMilli(), until.toEpochMilli() + 1, MAX_LINES);
      if (!found.isEmpty()) {
        return new LogLines(
            found.reversed().stream().map(line -> line(line, now)).toList(),
            PageText.of(query),
            "");
      }
    }
    return new LogLines(
        List.of(),
        "",
        queries.isEmpty()
            ? "The alert has no label that names a log stream: job, service, instance or host."
            : "Loki has no lines from %s before the start to %s after it for %s."
                .formatted(
                    PageTime.span(BEFORE),
                    PageTime.span(AFTER),
                    queries.stream().map(PageText::of).collect(Collectors.joining(", "))));
  }

  private static Line line(LogLine line, Instant now) {
    return new Line(
        PageTime.of(Instant.ofEpochMilli(line.atMillis()), now),
        PageText.of(line.level()),
        PageText.of(line.line()));
  }

  /// Returns the queries for the streams of an alert, the narrowest first: those of its program on
  /// its machine, of its program, of its machine.
  static Set<String> queries(Labels labels) {
    List<LabelMatcher> programs = new ArrayList<>();
    for (String label : List.of("job", "service")) {
      if (labels.has(label)) {
        programs.add(LabelMatcher.equal("job", labels.get(label)));
        programs.add(LabelMatcher.equal("service_name", labels.get(label)));
      }
    }
    List<LabelMatcher> machines = new ArrayList<>();
    if (labels.has("instance")) {
      machines.add(LabelMatcher.equal("instance", labels.get("instance")));
    }
    String host =
        labels.has("host") ? labels.get("host") : AlertSubject.hostOf(labels.get("instance"));
    if (!host.isEmpty()) {
      machines.add(LabelMatcher.equal("host", host));
    }
    var queries = new LinkedHashSet<String>();
    if (!programs.isEmpty()) {
      machines.forEach(machine -> queries.add(selector(programs.getFirst(), machine)));
    }
    programs.forEach(program -> queries.add(selector(program)));
    machines.forEach(machine -> queries.add(selector(machine)));
    return queries;
  }

  private static String selector(LabelMatcher... matchers) {
    return Stream.of(matchers)
        .map(LabelMatcher::toString)
        .collect(Collectors.joining(", ", "{", "}"));
  }
}
