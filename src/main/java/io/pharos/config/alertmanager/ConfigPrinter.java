package io.pharos.config.alertmanager;

import io.pharos.config.alertmanager.RouteConfig.Grouping;
import io.pharos.config.alertmanager.TimeInterval.Range;
import io.pharos.model.LabelMatcher;
import io.pharos.model.MatcherParser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/// Prints a configuration in Alertmanager's format. Instead of secrets it prints their placeholder,
/// which the reader accepts.
final class ConfigPrinter {
  private ConfigPrinter() {}

  static String print(AlertmanagerConfig config) {
    var options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setSplitLines(false);
    options.setAllowUnicode(true);
    var top = new ConfigSection();
    top.put("global", global(config.global()));
    top.put("route", route(config.route()));
    top.putAll(
        "inhibit_rules",
        config.inhibitRules().stream()
            .filter(InhibitRule::isPlain)
            .map(ConfigPrinter::inhibitRule)
            .toList());
    top.put("receivers", config.receivers().stream().map(ConfigPrinter::receiver).toList());
    top.put("templates", config.templates());
    top.putAll(
        "time_intervals", config.timeIntervals().stream().map(ConfigPrinter::interval).toList());
    return new Yaml(options).dump(top.entries);
  }

  private static ConfigSection global(GlobalConfig global) {
    var section =
        new ConfigSection()
            .putDuration("resolve_timeout", global.resolveTimeout())
            .put("http_config", ConfigSection.http(global.http()));
    global.integrations().values().forEach(defaults -> defaults.print(section));
    return section;
  }

  private static Map<String, Object> receiver(ReceiverConfig receiver) {
    var lists = new LinkedHashMap<String, List<Object>>();
    for (IntegrationConfig integration : receiver.integrations()) {
      if (!integration.kind().isPharosOnly()) {
        var section = new ConfigSection();
        integration.print(section);
        lists
            .computeIfAbsent(ReceiverReader.list(integration.kind()), _ -> new ArrayList<>())
            .add(section.entries);
      }
    }
    var section = new ConfigSection().put("name", receiver.name());
    lists.forEach(section::putAll);
    return section.entries;
  }

  private static Map<String, Object> route(RouteConfig route) {
    var section = new ConfigSection().putText("receiver", route.receiver());
    switch (route.groupBy()) {
      case Grouping.Inherited _ -> {}
      case Grouping.AllLabels _ -> section.put("group_by", List.of("..."));
      case Grouping.ByLabels(List<String> names) -> section.put("group_by", names);
    }
    return section
        .putAll("matchers", matchers(route.matchers()))
        .put("continue", route.continues())
        .putAll("mute_time_intervals", route.muteTimeIntervals())
        .putAll("active_time_intervals", route.activeTimeIntervals())
        .putDuration("group_wait", route.groupWait())
        .putDuration("group_interval", route.groupInterval())
        .putDuration("repeat_interval", route.repeatInterval())
        .putAll("routes", route.routes().stream().map(ConfigPrinter::route).toList())
        .entries;
  }

  private static List<String> matchers(List<LabelMatcher> matchers) {
    return matchers.stream().map(MatcherParser::format).toList();
  }

  private static Map<String, Object> inhibitRule(InhibitRule rule) {
    return new ConfigSection()
        .putText("name", rule.name())
        .putAll("source_matchers", matchers(rule.sourceMatchers()))
        .putAll("target_matchers", matchers(rule.targetMatchers()))
        .putAll("equal", rule.equal())
        .entries;
  }

  private static Map<String, Object> interval(NamedTimeInterval interval) {
    return new ConfigSection()
        .put("name", interval.name())
        .put("time_intervals", interval.intervals().stream().map(ConfigPrinter::fields).toList())
        .entries;
  }

  private static Map<String, Object> fields(TimeInterval interval) {
    String zone = interval.location().getId();
    return new ConfigSection()
        .putAll("times", interval.times().stream().map(ConfigPrinter::times).toList())
        .putAll("weekdays", ranges(interval.weekdays(), TimeIntervalReader.WEEKDAYS::get))
        .putAll("days_of_month", ranges(interval.daysOfMonth(), Integer::toString))
        .putAll("months", ranges(interval.months(), Integer::toString))
        .putAll("years", ranges(interval.years(), Integer::toString))
        .putText("location", zone.equals("Z") ? "" : zone)
        .entries;
  }

  private static List<String> ranges(List<Range> ranges, IntFunction<String> name) {
    return ranges.stream()
        .map(
            range -> {
              String begin = name.apply(range.begin());
              return range.begin() == range.end() ? begin : begin + ":" + name.apply(range.end());
            })
        .toList();
  }

  private static Map<String, Object> times(Range range) {
    return new ConfigSection()
        .put("start_time", clock(range.begin()))
        .put("end_time", clock(range.end()))
        .entries;
  }

  private static String clock(int minute) {
    return "%02d:%02d".formatted(minute / 60, minute % 60);
  }
}
