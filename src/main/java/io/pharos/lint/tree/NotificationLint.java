package io.pharos.lint.tree;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.InhibitRule;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.config.alertmanager.RouteConfig;
import io.pharos.config.alertmanager.SecretFiles;
import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.lint.AlertSeverity;
import io.pharos.lint.FindingSeverity;
import io.pharos.lint.Findings;
import io.pharos.lint.LintCheck;
import io.pharos.lint.VersionedFolders;
import io.pharos.lint.rule.ReceiverCheck;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Quoted;
import io.pharos.rules.RuleSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Checks routes, inhibitions and receivers of the notifier's configuration against the alert
/// rules.
final class NotificationLint {
  private static final String ALERT_NAME = "alertname";

  private final AlertmanagerConfig config;
  private final List<RuleSpec.Alerting> alerts;
  private final References references;
  private final boolean complete;
  private final Vocabulary words;
  private final Findings findings;
  private final Set<String> usedReceivers = new HashSet<>();
  private final Set<String> usedIntervals = new HashSet<>();
  private int inhibitions; // number of inhibitions that were checked

  /// @param references collects references to alerts by name
  /// @param complete whether the rule files contain all alerts
  NotificationLint(
      AlertmanagerConfig config,
      List<RuleSpec.Alerting> alerts,
      References references,
      boolean complete,
      Vocabulary words,
      Findings findings) {
    this.config = config;
    this.alerts = alerts;
    this.references = references;
    this.complete = complete;
    this.words = words;
    this.findings = findings;
  }

  /// Checks `alertmanager.yml`.
  ///
  /// @param file the file as YAML
  /// @param ways receivers that reach people on call
  void check(YamlMap file, Set<String> ways) {
    usedReceivers.addAll(ways);
    YamlMap root = file.require("route").asMap();
    if (!ReceiverCheck.sendsAnything(config) && !alerts.isEmpty()) {
      findings.error(
          LintCheck.ALERTS_RECEIVER,
          root.file(),
          root.line(),
          "no alert is sent: no receiver has an integration, such as email_configs; add an integration");
    }
    route(root, config.route(), Duration.ofMinutes(5), Duration.ofHours(4));
    inhibitions(file);
    config.receivers().stream()
        .map(ReceiverConfig::name)
        .forEach(name -> config.delivery().fallback(name).ifPresent(usedReceivers::add));
    for (YamlValue receiver : file.items("receivers")) {
      YamlValue name = receiver.asMap().require("name");
      if (!usedReceivers.contains(name.asString())) {
        findings.warn(
            LintCheck.NOTIFY_UNUSED,
            name,
            "no route uses the receiver %s; add a route or remove the receiver"
                .formatted(Quoted.of(name.asString())));
      }
      mails(receiver.asMap());
    }
    for (String key : List.of("time_intervals", "mute_time_intervals")) {
      for (YamlValue interval : file.items(key)) {
        YamlValue name = interval.asMap().require("name");
        if (!usedIntervals.contains(name.asString())) {
          findings.warn(
              LintCheck.NOTIFY_UNUSED,
              name,
              "no route uses the time interval %s; use or remove the interval"
                  .formatted(Quoted.of(name.asString())));
        }
      }
    }
    secrets(file);
    for (YamlValue glob : file.items("templates")) {
      templates(glob);
    }
  }

  private void templates(YamlValue glob) {
    Path folder = Path.of(glob.file()).toAbsolutePath().normalize().getParent();
    Path path = folder == null ? Path.of(glob.asString()) : folder.resolve(glob.asString());
    Path parent = path.getParent();
    String name = String.valueOf(path.getFileName());
    List<Path> files = parent == null ? List.of() : VersionedFolders.files(parent, "");
    String pattern =
        name.replaceAll("[^*?A-Za-z0-9_-]", "\\\\$0").replace("*", ".*").replace("?", ".");
    if (files.stream().noneMatch(file -> String.valueOf(file.getFileName()).matches(pattern))
        && !Files.exists(path)
        && (parent == null || parent.toString().indexOf('*') < 0)) {
      findings.warn(
          LintCheck.FILES_MISSING, glob, "no template file matches " + Quoted.of(glob.asString()));
    }
  }

  private void mails(YamlMap receiver) {
    for (YamlValue mail : receiver.items("email_configs")) {
      for (String key : List.of("to", "from")) {
        mail.asMap()
            .get(key)
            .filter(value -> value.asString().indexOf('{') < 0)
            .ifPresent(
                value -> {
                  for (String address : value.asString().split(",")) {
                    if (!address.strip().matches("(.*<)?[^\\s@<>]+@[^\\s@<>]+>?")) {
                      findings.warn(
                          LintCheck.NOTIFY_ROUTE,
                          value,
                          key + ": expected a mail address, found " + Quoted.of(address.strip()));
                    }
                  }
                });
      }
    }
  }

  private void secrets(YamlMap file) {
    List<YamlValue> places = file.items("receivers");
    Map<String, Integer> lines = new HashMap<>();
    places.forEach(place -> lines.put(place.asMap().require("name").asString(), place.line()));
    for (ReceiverConfig receiver : config.receivers()) {
      List<IntegrationConfig> all = receiver.integrations();
      List<IntegrationConfig> withoutSecret =
          all.stream().filter(integration -> SecretFiles.missing(integration).isPresent()).toList();
      boolean silent =
          !all.isEmpty()
              && withoutSecret.size() == all.size()
              && usedReceivers.contains(receiver.name())
              && config.delivery().fallback(receiver.name()).isEmpty();
      for (IntegrationConfig integration : withoutSecret) {
        Path missing = SecretFiles.missing(integration).orElseThrow();
        findings.add(
            file.file(),
            secretLine(file, missing, lines.getOrDefault(receiver.name(), 0)),
            silent ? FindingSeverity.WARNING : FindingSeverity.INFO,
            LintCheck.NOTIFY_SECRET,
            "%s of the receiver %s sends nothing, because the secret file %s does not exist%s"
                .formatted(
                    integration.type(),
                    Quoted.of(receiver.name()),
                    missing,
                    silent ? ", and no integration of the receiver can send" : ""));
      }
    }
  }

  /* Returns the line of the key in `global` that names a secret file, else a given line. */
  private static int secretLine(YamlMap file, Path secret, int otherwise) {
    String name = String.valueOf(secret.getFileName());
    return file.get("global").filter(YamlValue::isMap).map(YamlValue::asMap).stream()
        .flatMap(
            global ->
                global.keys().stream().filter(key -> key.endsWith("_file")).map(global::require))
        .filter(value -> value.isScalar() && value.asString().endsWith(name))
        .map(YamlValue::line)
        .findFirst()
        .orElse(otherwise);
  }

  private void route(YamlMap map, RouteConfig route, Duration interval, Duration repeat) {
    usedReceivers.add(route.receiver());
    usedIntervals.addAll(route.muteTimeIntervals());
    usedIntervals.addAll(route.activeTimeIntervals());
    matchers(
        map, List.of("matchers", "match", "match_re"), route.matchers(), LintCheck.NOTIFY_ROUTE);
    for (YamlValue label : map.items("group_by")) {
      label(label);
    }
    Duration ownInterval = route.groupInterval() == null ? interval : route.groupInterval();
    Duration ownRepeat = route.repeatInterval() == null ? repeat : route.repeatInterval();
    if (ownRepeat.compareTo(ownInterval) < 0 && map.has("repeat_interval")) {
      findings.warn(
          LintCheck.NOTIFY_ROUTE,
          map.require("repeat_interval"),
          "repeat_interval is shorter than group_interval and has no effect; make it longer");
    }
    List<YamlValue> children = map.items("routes");
    for (int i = 0; i < children.size(); i++) {
      RouteConfig child = route.routes().get(i);
      for (int j = 0; j < i; j++) {
        RouteConfig earlier = route.routes().get(j);
        if (!earlier.continues() && child.matchers().containsAll(earlier.matchers())) {
          findings.warn(
              LintCheck.NOTIFY_ROUTE,
              children.get(i),
              "no alert reaches this route: the route in line %s matches all alerts of this route and does not continue"
                  .formatted(children.get(j).line()));
        }
      }
      route(children.get(i).asMap(), child, ownInterval, ownRepeat);
    }
  }

  /// Checks `pharos.yml`. Must be called after [#check], because the inhibitions of `pharos.yml`
  /// are numbered after those of `alertmanager.yml`.
  void checkOwn(YamlMap file) {
    inhibitions(file);
  }

  private void inhibitions(YamlMap file) {
    for (YamlValue rule : file.items("inhibit_rules")) {
      if (rule.isMap()) {
        inhibition(rule.asMap(), config.inhibitRules().get(inhibitions));
      }
      inhibitions++;
    }
  }

  private void inhibition(YamlMap map, InhibitRule rule) {
    matchers(
        map,
        List.of("source_matchers", "source_match", "source_match_re"),
        rule.sourceMatchers(),
        LintCheck.NOTIFY_INHIBIT);
    matchers(
        map,
        List.of("target_matchers", "target_match", "target_match_re"),
        rule.targetMatchers(),
        LintCheck.NOTIFY_INHIBIT);
    if (rule.targetMatchers().isEmpty() && rule.sourceMatchers().isEmpty()) {
      findings.warn(
          LintCheck.NOTIFY_INHIBIT,
          map.file(),
          map.line(),
          "the rule has no matchers, so it applies to all alerts; add matchers");
    }
    map.items("equal").forEach(this::label);
  }

  private void label(YamlValue label) {
    if (!label.asString().equals("...")) {
      words.use("label", label.asString(), label.file(), label.line());
    }
  }

  private void matchers(
      YamlMap map, List<String> keys, List<LabelMatcher> matchers, LintCheck check) {
    List<YamlValue> places = new ArrayList<>();
    for (String key : keys) {
      map.get(key)
          .ifPresent(
              value -> {
                if (value.isList()) {
                  places.addAll(value.asList());
                } else {
                  places.add(value);
                }
              });
    }
    for (LabelMatcher matcher : matchers) {
      YamlValue location =
          places.stream()
              .filter(YamlValue::isScalar)
              .filter(place -> place.asString().contains(matcher.name()))
              .filter(place -> place.asString().contains(matcher.value()))
              .findFirst()
              .or(() -> places.stream().findFirst())
              .orElseThrow();
      words.use("label", matcher.name(), location.file(), location.line());
      if (matcher.name().equals(ALERT_NAME) && matcher.type() == LabelMatcher.Type.EQUAL) {
        references.refer(matcher.value(), location.file(), location.line());
      } else if (complete && matcher.name().equals(ALERT_NAME)) {
        unmatched(matcher, names())
            .ifPresent(part -> report(check, location, "alert", part, names()));
      }
      if (complete && !matcher.name().equals(ALERT_NAME)) {
        Set<String> known = valuesOfAll(matcher.name());
        boolean severity = matcher.name().equals(AlertSeverity.LABEL);
        if (severity || known.stream().noneMatch(matcher::matches)) {
          unmatched(matcher, known)
              .filter(part -> !known.isEmpty())
              .ifPresent(
                  part ->
                      report(
                          check,
                          location,
                          "alert with the " + (severity ? "" : "label ") + matcher.name(),
                          part,
                          known));
        }
      }
    }
  }

  /* Returns the values of a label that the rules of all alerts set; empty if an alert does not set
   * it, or computes it. Other programs may send alerts with a usual severity. */
  private Set<String> valuesOfAll(String label) {
    boolean severity = label.equals(AlertSeverity.LABEL);
    var values = new TreeSet<String>();
    for (RuleSpec.Alerting alert : alerts) {
      String value = alert.labels().getOrDefault(label, severity ? "none" : "");
      if (value.isEmpty() || value.contains("{{")) {
        return Set.of();
      }
      values.add(value);
    }
    return severity && !alerts.isEmpty() ? AlertSeverity.known(alerts) : values;
  }

  private void report(
      LintCheck check, YamlValue location, String kind, String part, Set<String> known) {
    findings.warn(
        check,
        location,
        "there is no " + kind + " " + Quoted.of(part) + Suggestion.of(part, known));
  }

  /// Returns the part of a matcher that matches none of the known values: its value, or the first
  /// such alternative of its regular expression. Empty if every part matches a known value.
  private static Optional<String> unmatched(LabelMatcher matcher, Set<String> values) {
    return switch (matcher.type()) {
      case EQUAL ->
          matcher.value().isEmpty() || values.contains(matcher.value())
              ? Optional.empty()
              : Optional.of(matcher.value());
      case REGEX -> {
        boolean some = values.stream().anyMatch(matcher::matches);
        boolean simple = matcher.value().chars().noneMatch(c -> c == '(' || c == '[');
        for (String part :
            simple ? List.of(matcher.value().split("\\|")) : List.of(matcher.value())) {
          LabelMatcher one = LabelMatcher.of(LabelMatcher.Type.REGEX, matcher.name(), part);
          boolean usual = some && AlertSeverity.COMMON.contains(part);
          if (!usual && !one.matches("") && values.stream().noneMatch(one::matches)) {
            yield Optional.of(part);
          }
        }
        yield Optional.empty();
      }
      case NOT_EQUAL, NOT_REGEX -> Optional.empty();
    };
  }

  private Set<String> names() {
    var names = new TreeSet<String>();
    alerts.forEach(alert -> names.add(alert.name()));
    return names;
  }
}
