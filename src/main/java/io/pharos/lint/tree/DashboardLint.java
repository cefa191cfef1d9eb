package io.pharos.lint.tree;

import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.lint.Findings;
import io.pharos.lint.LintCheck;
import io.pharos.lint.rule.ParsedFileCache;
import io.pharos.model.Quoted;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.ParserOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Checks Grafana dashboards: queries, variables, data sources and uids.
final class DashboardLint {
  private static final Pattern VARIABLE =
      Pattern.compile("\\$(?:\\{([A-Za-z_]\\w*)(?::\\w+)?}|([A-Za-z_]\\w*))|\\[\\[(\\w+)]]");
  private static final List<String> PANELS =
      List.of(
          "alertGroups",
          "alertlist",
          "annolist",
          "barchart",
          "bargauge",
          "candlestick",
          "canvas",
          "dashlist",
          "datagrid",
          "debug",
          "flamegraph",
          "gauge",
          "geomap",
          "gettingstarted",
          "graph",
          "heatmap",
          "histogram",
          "logs",
          "news",
          "nodeGraph",
          "piechart",
          "row",
          "stat",
          "state-timeline",
          "status-history",
          "table",
          "text",
          "timeseries",
          "traces",
          "trend",
          "welcome",
          "xychart");

  private final ParserOptions language;
  private final ParsedFileCache readings;
  private final Set<String> sources;
  private final Vocabulary words;
  private final Findings findings;
  private final Map<String, String> uids = new HashMap<>();
  private int checked;

  /// @param sources uids of the provisioned data sources; empty if unknown
  DashboardLint(
      ParserOptions language,
      ParsedFileCache readings,
      Set<String> sources,
      Vocabulary words,
      Findings findings) {
    this.language = language;
    this.readings = readings;
    this.sources = sources;
    this.words = words;
    this.findings = findings;
  }

  /// Records the uids of the dashboards as definitions, and reports references to missing
  /// dashboards. Reports nothing if a dashboard has no uid, because a reference may be about that
  /// dashboard.
  void reportMissing(References dashboards) {
    uids.forEach((uid, file) -> dashboards.define(uid, file, 1));
    if (!uids.isEmpty() && uids.size() == checked) {
      dashboards.report(findings);
    }
  }

  /// Checks a file that is valid JSON.
  void check(Path file) {
    checked++;
    var top = readings.value(file.toString(), YamlFile.text(file).replace('\t', ' '));
    if (top.isEmpty() || !top.get().isMap()) {
      findings.error(
          LintCheck.DASHBOARDS_PANEL, file.toString(), 1, "expected a dashboard, a JSON object");
      return;
    }
    YamlMap map = top.get().asMap();
    var uid = map.get("uid").filter(value -> !value.asString().isEmpty());
    if (uid.isEmpty()) {
      findings.warn(
          LintCheck.DASHBOARDS_UID,
          map.file(),
          map.line(),
          "the dashboard has no uid, so each import generates another uid and links break; set a uid");
    } else {
      String other = uids.putIfAbsent(uid.get().asString(), map.file());
      if (other != null) {
        findings.error(
            LintCheck.DASHBOARDS_UID,
            uid.get(),
            "the uid %s is already used by %s, and Grafana loads only one of the two files; change the uid"
                .formatted(Quoted.of(uid.get().asString()), other));
      }
    }
    if (map.get("title").map(YamlValue::asString).orElse("").isEmpty()) {
      findings.error(
          LintCheck.DASHBOARDS_PANEL,
          map.file(),
          map.line(),
          "the dashboard has no title, so Grafana refuses it; set a title");
    }
    var board = new Board(map);
    board.panels(map.get("panels"), new HashMap<>());
    map.get("annotations")
        .map(YamlValue::asMap)
        .flatMap(annotations -> annotations.get("list"))
        .map(YamlValue::asList)
        .orElse(List.of())
        .forEach(annotation -> board.query(annotation.asMap(), ""));
  }

  /// A dashboard and its variables.
  private final class Board {
    private final Set<String> variables = new TreeSet<>();
    private final Set<String> declared = new HashSet<>();

    Board(YamlMap map) {
      List<YamlValue> list =
          map.get("templating")
              .map(YamlValue::asMap)
              .flatMap(templating -> templating.get("list"))
              .map(YamlValue::asList)
              .orElse(List.of());
      for (YamlValue item : list) {
        YamlValue name = item.asMap().require("name");
        variables.add(name.asString());
        if (!declared.add(name.asString())) {
          findings.warn(
              LintCheck.DASHBOARDS_VARIABLE,
              name,
              "the variable " + Quoted.of(name.asString()) + " is defined twice");
        }
      }
      list.forEach(item -> source(item.asMap()));
    }

    private void panels(Optional<YamlValue> list, Map<String, Integer> ids) {
      for (YamlValue item : list.map(YamlValue::asList).orElse(List.of())) {
        YamlMap panel = item.asMap();
        panel
            .get("id")
            .ifPresent(
                id -> {
                  Integer other = ids.putIfAbsent(id.asString(), id.line());
                  if (other != null) {
                    findings.warn(
                        LintCheck.DASHBOARDS_PANEL,
                        id,
                        "the panel id %s is already used by the panel in line %s"
                            .formatted(id.asString(), other));
                  }
                });
        panel
            .get("type")
            .filter(type -> !PANELS.contains(type.asString()))
            .flatMap(
                type ->
                    Suggestion.nearest(type.asString(), PANELS).map(near -> Map.entry(type, near)))
            .ifPresent(
                typo ->
                    findings.warn(
                        LintCheck.DASHBOARDS_PANEL,
                        typo.getKey(),
                        "unknown panel type %s: did you mean %s?"
                            .formatted(
                                Quoted.of(typo.getKey().asString()), Quoted.of(typo.getValue()))));
        String kind = source(panel);
        for (YamlValue target : panel.items("targets")) {
          query(target.asMap(), kind);
        }
        panels(panel.get("panels"), ids);
      }
    }

    /// Checks a reference to a data source and returns the type of the data source.
    private String source(YamlMap map) {
      YamlMap source =
          map.get("datasource").filter(YamlValue::isMap).map(YamlValue::asMap).orElse(null);
      if (source == null) {
        return "";
      }
      source
          .get("uid")
          .ifPresent(
              uid -> {
                String text = uid.asString();
                if (text.indexOf('$') >= 0) {
                  replaceVariables(text, uid);
                } else if (!sources.isEmpty()
                    && !text.startsWith("-- ")
                    && !sources.contains(text)) {
                  findings.warn(
                      LintCheck.DASHBOARDS_VARIABLE,
                      uid,
                      "unknown data source " + Quoted.of(text) + Suggestion.of(text, sources));
                }
              });
      return source.string("type", "");
    }

    private void query(YamlMap target, String inherited) {
      String own = source(target);
      String kind = own.isEmpty() ? inherited : own;
      var found = target.get("expr").filter(expr -> !expr.asString().isBlank());
      if (found.isEmpty()) {
        target.keys().stream()
            .filter(key -> Vocabulary.isOneLetterAway(key, "expr"))
            .forEach(
                key ->
                    findings.warn(
                        LintCheck.DASHBOARDS_QUERY,
                        target.file(),
                        target.line(key),
                        "unknown key " + Quoted.of(key) + ": did you mean \"expr\"?"));
        return;
      }
      YamlValue expr = found.get();
      String text = replaceVariables(expr.asString(), expr);
      if (!kind.equals("prometheus")) {
        return;
      }
      try {
        Expr parsed = readings.query(text, language);
        words.expression(parsed, expr.file(), List.of(), expr.line());
      } catch (ParseException e) {
        findings.error(LintCheck.DASHBOARDS_QUERY, expr, "expr: " + e.getMessage());
      }
    }

    /// Replaces the variables in a text. Reports undefined variables.
    private String replaceVariables(String text, YamlValue at) {
      Matcher matcher = VARIABLE.matcher(text);
      var result = new StringBuilder();
      var unknown = new ArrayList<String>();
      while (matcher.find()) {
        String name =
            matcher.group(1) != null
                ? matcher.group(1)
                : matcher.group(2) != null ? matcher.group(2) : matcher.group(3);
        if (!name.startsWith("__") && !variables.contains(name)) {
          unknown.add(name);
        }
        boolean number =
            text.startsWith("[", Math.max(0, matcher.start() - 1)) || name.startsWith("__");
        matcher.appendReplacement(result, number ? "5m" : "x");
      }
      matcher.appendTail(result);
      for (String name : unknown) {
        findings.warn(
            LintCheck.DASHBOARDS_VARIABLE,
            at,
            "undefined variable " + Quoted.of(name) + Suggestion.of(name, variables));
      }
      return result.toString();
    }
  }
}
