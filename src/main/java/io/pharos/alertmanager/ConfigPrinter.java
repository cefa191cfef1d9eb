package io.pharos.alertmanager;

import io.pharos.alertmanager.GlobalConfig.SmtpDefaults;
import io.pharos.alertmanager.RouteConfig.Grouping;
import io.pharos.alertmanager.TimeInterval.Range;
import io.pharos.model.LabelMatcher;
import io.pharos.model.PromDuration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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
        "inhibit_rules", config.inhibitRules().stream().map(ConfigPrinter::inhibitRule).toList());
    top.put("receivers", config.receivers().stream().map(ConfigPrinter::receiver).toList());
    top.put("templates", config.templates());
    top.putAll(
        "time_intervals", config.timeIntervals().stream().map(ConfigPrinter::interval).toList());
    return new Yaml(options).dump(top.entries);
  }

  /// A mapping that leaves out what is empty.
  private static final class Section {
    private final Map<String, Object> entries = new LinkedHashMap<>();

    Section put(String key, Object value) {
      entries.put(key, value);
      return this;
    }

    Section put(String key, Section value) {
      return put(key, (Object) value.entries);
    }

    Section putText(String key, String text) {
      return text.isEmpty() ? this : put(key, text);
    }

    Section putAll(String key, List<?> values) {
      return values.isEmpty() ? this : put(key, values);
    }

    Section putDuration(String key, @Nullable Duration value) {
      return value == null ? this : put(key, PromDuration.format(value));
    }

    Section putPath(String key, @Nullable Path path) {
      return path == null ? this : put(key, path.toString());
    }

    Section putFlag(String key, @Nullable Boolean flag) {
      return flag == null ? this : put(key, flag);
    }

    Section putSecret(String key, SecretValue value) {
      return switch (value) {
        case SecretValue.Unset _ -> this;
        case SecretValue.Inline _ -> put(key, Secret.MASK);
        case SecretValue.FromFile(Path file) -> put(key + "_file", file.toString());
      };
    }
  }

  private static Section global(GlobalConfig global) {
    SmtpDefaults smtp = global.smtp();
    var section =
        new Section()
            .putDuration("resolve_timeout", global.resolveTimeout())
            .put("http_config", http(global.http()))
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
        .put("smtp_tls_config", tls(smtp.tls()))
        .putSecret("slack_api_url", global.slackApiUrl());
  }

  private static Section http(HttpConfig http) {
    var section = new Section();
    HttpConfig.BasicAuth basic = http.basicAuth();
    if (basic != null) {
      section.put(
          "basic_auth",
          new Section()
              .putText("username", basic.username())
              .putSecret("username", basic.usernameFile())
              .putSecret("password", basic.password()));
    }
    HttpConfig.Authorization authorization = http.authorization();
    if (authorization != null) {
      section.put(
          "authorization",
          new Section()
              .put("type", authorization.type())
              .putSecret("credentials", authorization.credentials()));
    }
    return section
        .put("tls_config", tls(http.tls()))
        .put("follow_redirects", http.followRedirects())
        .put("enable_http2", http.enableHttp2());
  }

  private static Section tls(TlsConfig tls) {
    return new Section()
        .putPath("ca_file", tls.caFile())
        .putPath("cert_file", tls.certFile())
        .putPath("key_file", tls.keyFile())
        .putText("server_name", tls.serverName())
        .putText("min_version", tls.minVersion())
        .putText("max_version", tls.maxVersion())
        .put("insecure_skip_verify", tls.insecureSkipVerify());
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

  private static Map<String, Object> receiver(ReceiverConfig receiver) {
    return new Section()
        .put("name", receiver.name())
        .putAll(
            "webhook_configs", receiver.webhooks().stream().map(ConfigPrinter::webhook).toList())
        .putAll("email_configs", receiver.emails().stream().map(ConfigPrinter::email).toList())
        .putAll("slack_configs", receiver.slacks().stream().map(ConfigPrinter::slack).toList())
        .entries;
  }

  private static Map<String, Object> webhook(WebhookConfig webhook) {
    return new Section()
        .put("send_resolved", webhook.sendResolved())
        .put("http_config", http(webhook.http()))
        .putSecret("url", webhook.url())
        .put("max_alerts", webhook.maxAlerts())
        .putDuration("timeout", webhook.timeout())
        .entries;
  }

  private static Map<String, Object> email(EmailConfig email) {
    var section =
        new Section()
            .put("send_resolved", email.sendResolved())
            .put("to", email.to())
            .put("from", email.from())
            .put("hello", email.hello())
            .put("smarthost", email.smarthost().toString())
            .putText("auth_username", email.authUsername())
            .putSecret("auth_password", email.authPassword())
            .putSecret("auth_secret", email.authSecret())
            .putText("auth_identity", email.authIdentity());
    if (!email.headers().isEmpty()) {
      section.put("headers", email.headers());
    }
    return section
        .put("html", email.html())
        .put("text", email.text())
        .put("require_tls", email.requireTls())
        .putFlag("force_implicit_tls", email.forceImplicitTls())
        .put("tls_config", tls(email.tls()))
        .entries;
  }

  private static Map<String, Object> slack(SlackConfig slack) {
    return new Section()
        .put("send_resolved", slack.sendResolved())
        .put("http_config", http(slack.http()))
        .putSecret("api_url", slack.apiUrl())
        .put("channel", slack.channel())
        .put("username", slack.username())
        .put("color", slack.color())
        .put("title", slack.title())
        .put("title_link", slack.titleLink())
        .put("pretext", slack.pretext())
        .put("text", slack.text())
        .putAll("fields", slack.fields().stream().map(ConfigPrinter::field).toList())
        .put("short_fields", slack.shortFields())
        .put("footer", slack.footer())
        .put("fallback", slack.fallback())
        .put("callback_id", slack.callbackId())
        .put("icon_emoji", slack.iconEmoji())
        .put("icon_url", slack.iconUrl())
        .putText("image_url", slack.imageUrl())
        .putText("thumb_url", slack.thumbUrl())
        .put("link_names", slack.linkNames())
        .putAll("mrkdwn_in", slack.mrkdwnIn())
        .putAll("actions", slack.actions().stream().map(ConfigPrinter::action).toList())
        .putDuration("timeout", slack.timeout().isZero() ? null : slack.timeout())
        .entries;
  }

  private static Map<String, Object> field(SlackConfig.Field field) {
    return new Section()
        .put("title", field.title())
        .put("value", field.value())
        .put("short", field.isShort())
        .entries;
  }

  private static Map<String, Object> action(SlackConfig.Action action) {
    var section =
        new Section()
            .put("type", action.type())
            .put("text", action.text())
            .putText("url", action.url())
            .putText("style", action.style())
            .putText("name", action.name())
            .putText("value", action.value());
    SlackConfig.Confirmation confirm = action.confirm();
    if (confirm != null) {
      section.put(
          "confirm",
          new Section()
              .put("text", confirm.text())
              .putText("title", confirm.title())
              .putText("ok_text", confirm.okText())
              .putText("dismiss_text", confirm.dismissText()));
    }
    return section.entries;
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
