package io.pharos.config.alertmanager;

import io.pharos.config.alertmanager.GlobalConfig.ServiceDefaults;
import io.pharos.config.alertmanager.GlobalConfig.SmtpDefaults;
import io.pharos.config.alertmanager.RouteConfig.Grouping;
import io.pharos.config.alertmanager.TimeInterval.Range;
import io.pharos.model.LabelMatcher;
import io.pharos.model.MatcherParser;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/// Prints a configuration in Alertmanager's format. Every secret prints as its mask, which the
/// reader takes again.
final class ConfigPrinter {
  private ConfigPrinter() {}

  static String print(AlertmanagerConfig config) {
    var options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setSplitLines(false);
    options.setAllowUnicode(true);
    var top = new Section();
    top.put("global", global(config.global()));
    top.put("route", route(config.route()));
    top.putAll(
        "inhibit_rules",
        config.inhibitRules().stream()
            .filter(InhibitRule::isPlain)
            .map(ConfigPrinter::inhibitRule)
            .toList());
    top.put("receivers", config.receivers().stream().map(ReceiverPrinter::print).toList());
    top.put("templates", config.templates());
    top.putAll(
        "time_intervals", config.timeIntervals().stream().map(ConfigPrinter::interval).toList());
    return new Yaml(options).dump(top.entries);
  }

  private static Section global(GlobalConfig global) {
    SmtpDefaults smtp = global.smtp();
    ServiceDefaults services = global.services();
    var section =
        new Section()
            .putDuration("resolve_timeout", global.resolveTimeout())
            .put("http_config", HttpPrinter.http(global.http()))
            .putText("smtp_from", smtp.from())
            .putText("smtp_hello", smtp.hello());
    HostPort smarthost = smtp.smarthost();
    if (smarthost != null) {
      section.put("smtp_smarthost", smarthost.toString());
    }
    return section
        .putText("smtp_auth_username", smtp.authUsername())
        .putSecret("smtp_auth_password", smtp.authPassword())
        .putSecret("smtp_auth_secret", smtp.authSecret())
        .putText("smtp_auth_identity", smtp.authIdentity())
        .put("smtp_require_tls", smtp.requireTls())
        .putFlag("smtp_force_implicit_tls", smtp.forceImplicitTls())
        .put("smtp_tls_config", HttpPrinter.tls(smtp.tls()))
        .putSecret("slack_api_url", services.slackApiUrl())
        .put("pagerduty_url", services.pagerDutyUrl())
        .put("opsgenie_api_url", services.opsGenieApiUrl())
        .putSecret("opsgenie_api_key", services.opsGenieApiKey())
        .put("wechat_api_url", services.weChatApiUrl())
        .putSecret("wechat_api_secret", services.weChatApiSecret())
        .putText("wechat_api_corp_id", services.weChatCorpId())
        .put("telegram_api_url", services.telegramApiUrl());
  }

  private static Map<String, Object> route(RouteConfig route) {
    var section = new Section().putText("receiver", route.receiver());
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
    return new Section()
        .putText("name", rule.name())
        .putAll("source_matchers", matchers(rule.sourceMatchers()))
        .putAll("target_matchers", matchers(rule.targetMatchers()))
        .putAll("equal", rule.equal())
        .entries;
  }

  private static Map<String, Object> interval(NamedTimeInterval interval) {
    return new Section()
        .put("name", interval.name())
        .put("time_intervals", interval.intervals().stream().map(ConfigPrinter::fields).toList())
        .entries;
  }

  private static Map<String, Object> fields(TimeInterval interval) {
    String zone = interval.location().getId();
    return new Section()
        .putAll("times", interval.times().stream().map(ConfigPrinter::times).toList())
        .putAll("weekdays", interval.weekdays().stream().map(r -> names(r, WEEKDAYS)).toList())
        .putAll("days_of_month", interval.daysOfMonth().stream().map(ConfigPrinter::range).toList())
        .putAll("months", interval.months().stream().map(ConfigPrinter::range).toList())
        .putAll("years", interval.years().stream().map(ConfigPrinter::range).toList())
        .putText("location", zone.equals("Z") ? "" : zone)
        .entries;
  }

  private static final List<String> WEEKDAYS =
      List.of("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday");

  private static String names(Range range, List<String> names) {
    return range.begin() == range.end()
        ? names.get(range.begin())
        : names.get(range.begin()) + ":" + names.get(range.end());
  }

  private static String range(Range range) {
    return range.begin() == range.end()
        ? Integer.toString(range.begin())
        : range.begin() + ":" + range.end();
  }

  private static Map<String, Object> times(Range range) {
    return new Section()
        .put("start_time", clock(range.begin()))
        .put("end_time", clock(range.end()))
        .entries;
  }

  private static String clock(int minute) {
    return "%02d:%02d".formatted(minute / 60, minute % 60);
  }
}
