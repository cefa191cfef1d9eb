package io.pharos.config.alertmanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pharos.alerting.Channels;
import io.pharos.alerting.channel.dingtalk.DingTalkConfig;
import io.pharos.alerting.channel.email.EmailConfig;
import io.pharos.alerting.channel.slack.SlackConfig;
import io.pharos.alerting.channel.webhook.WebhookConfig;
import io.pharos.config.alertmanager.RouteConfig.Grouping;
import io.pharos.config.http.Credentials;
import io.pharos.config.http.Secret;
import io.pharos.config.http.SecretSource;
import io.pharos.config.pharos.DeliverySettings;
import io.pharos.config.pharos.HysteresisRule;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.config.pharos.OutboundHeartbeat;
import io.pharos.config.pharos.RateLimit;
import io.pharos.config.yaml.ConfigException;
import io.pharos.model.MatcherParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class AlertmanagerConfigTest {
  private static final Path FOLDER = Path.of("/etc/pharos");

  private static final String WHOLE =
      """
      global:
        resolve_timeout: 3m
        smtp_smarthost: localhost:1025
        smtp_from: a@b
        smtp_auth_username: u
        smtp_auth_password: hush-smtp
        slack_api_url: https://hooks.example/hush-slack
        http_config: {authorization: {credentials: hush-global}}
      route:
        receiver: all
        group_by: [alertname, job]
        group_wait: 5s
        routes:
        - receiver: second
          matchers: [b="2", 'a=~"x|y"', "{c!=\\"3\\", d!~\\"4\\"}"]
          continue: true
          group_by: ['...']
          mute_time_intervals: [night]
          active_time_intervals: [day]
          group_interval: 1m
          repeat_interval: 1h30m
        - {match: {old: style}, match_re: {older: sty.*}, group_by: []}
      receivers:
      - name: all
        webhook_configs:
        - url: http://w/hush-url
          max_alerts: 7
          timeout: 3s
          http_config:
            basic_auth: {username: joe, password_file: secrets/basic}
            tls_config: {ca_file: ca.pem, cert_file: c.pem, key_file: k.pem, server_name: s, min_version: TLS12, insecure_skip_verify: true}
            follow_redirects: false
        - url_file: /run/url
          send_resolved: false
        email_configs:
        - to: x@y
          headers: {subject: hi, x-team: red}
          text: T
          auth_secret: hush-cram
          require_tls: false
        - {to: z@y, from: other@b, smarthost: 'mail:465', hello: h, auth_identity: i, html: ''}
        slack_configs:
        - channel: '#c'
          send_resolved: true
          short_fields: true
          fields: [{title: t, value: v}, {title: t2, value: v2, short: false}]
          actions:
          - {type: button, text: t, url: u, style: danger}
          - {type: button, text: t, name: n, value: v, confirm: {text: sure, ok_text: ok}}
          mrkdwn_in: [text]
        - {api_url_file: slack-url, channel: d}
      - name: second
      inhibit_rules:
      - source_matchers: [s="1"]
        target_matchers: ['t=~"2|3"']
        equal: [u, v]
      - {source_match: {s: x}, target_match_re: {t: y.*}}
      time_intervals:
      - name: night
        time_intervals:
        - times: [{start_time: '22:00', end_time: '24:00'}, {start_time: '00:00', end_time: '06:00'}]
          location: Europe/Berlin
      mute_time_intervals:
      - name: day
        time_intervals:
        - weekdays: ['monday:friday', sunday]
          days_of_month: ['1:7', '-1', '-3:-2']
          months: ['january:march', '12', may]
          years: ['2024:2030', '2032']
      templates: ['templates/*.tmpl']
      """;

  private static AlertmanagerConfig parse(String yaml) {
    return Channels.parse("alertmanager.yml", yaml, FOLDER);
  }

  @Test
  void load_wholeFile_mergesDefaultsAndResolvesPaths() {
    AlertmanagerConfig config = parse(WHOLE);
    assertThat(config.global().resolveTimeout()).isEqualTo(Duration.ofMinutes(3));
    assertThat(config.templates()).containsExactly("/etc/pharos/templates/*.tmpl");
    ReceiverConfig all = config.receiver("all").orElseThrow();
    assertThat(all.integrations())
        .extracting(IntegrationConfig::type)
        .containsExactly("webhook", "webhook", "email", "email", "slack", "slack");
    assertThat(all.integrations())
        .extracting(IntegrationConfig::sendResolved)
        .containsExactly(true, false, false, false, true, false);
    WebhookConfig webhook = all.all(WebhookConfig.class).getFirst();
    assertThat(webhook.http().credentials())
        .isEqualTo(
            new Credentials.Basic(
                SecretSource.inline("joe"),
                SecretSource.fromFile(Path.of("/etc/pharos/secrets/basic"))));
    assertThat(webhook.http().tls().ca())
        .isEqualTo(SecretSource.fromFile(Path.of("/etc/pharos/ca.pem")));
    assertThat(webhook.maxAlerts()).isEqualTo(7);
    assertThat(all.all(WebhookConfig.class).get(1).url())
        .isEqualTo(SecretSource.fromFile(Path.of("/run/url")));
    assertThat(all.all(WebhookConfig.class).get(1).http().credentials())
        .isEqualTo(new Credentials.Header("Bearer", SecretSource.inline("hush-global")));
    EmailConfig mail = all.all(EmailConfig.class).getFirst();
    assertThat(mail.headers()).isEqualTo(Map.of("Subject", "hi", "X-Team", "red"));
    assertThat(mail.smarthost()).isEqualTo(new HostPort("localhost", 1025));
    assertThat(mail.authPassword()).isEqualTo(SecretSource.inline("hush-smtp"));
    assertThat(mail.html()).isEqualTo(EmailConfig.DEFAULT_HTML);
    assertThat(mail.implicitTls()).isFalse();
    assertThat(all.all(EmailConfig.class).get(1).implicitTls()).isTrue();
    assertThat(all.all(EmailConfig.class).get(1).html()).isEmpty();
    SlackConfig slack = all.all(SlackConfig.class).getFirst();
    assertThat(slack.apiUrl()).isEqualTo(SecretSource.inline("https://hooks.example/hush-slack"));
    assertThat(slack.fields()).extracting(SlackConfig.Field::isShort).containsExactly(true, false);
    assertThat(slack.actions().get(1).confirm().okText()).isEqualTo("ok");
    RouteConfig child = config.route().routes().getFirst();
    assertThat(MatcherParser.format(child.matchers()))
        .isEqualTo("{a=~\"x|y\",b=\"2\",c!=\"3\",d!~\"4\"}");
    assertThat(child.groupBy()).isEqualTo(new Grouping.AllLabels());
    RouteConfig old = config.route().routes().get(1);
    assertThat(MatcherParser.format(old.matchers()))
        .isEqualTo("{old=\"style\",older=~\"^(?:sty.*)$\"}");
    assertThat(old.groupBy()).isEqualTo(new Grouping.Inherited());
  }

  @Test
  void toYaml_masksSecretsAndLoadsAgain() {
    AlertmanagerConfig config = parse(WHOLE);
    String shown = config.toYaml();
    assertThat(shown).doesNotContain("hush").contains("<secret>", "receiver: all", "joe");
    assertThat(config.toString()).doesNotContain("hush");
    AlertmanagerConfig again = parse(shown);
    assertThat(again.toYaml()).isEqualTo(shown);
    assertThat(again.route()).isEqualTo(config.route());
    assertThat(again.timeIntervals()).isEqualTo(config.timeIntervals());
    assertThat(again.inhibitRules()).isEqualTo(config.inhibitRules());
  }

  @Tag("peer")
  @Test
  void toYaml_isAcceptedByAmtool(@TempDir Path folder) throws Exception {
    assumeThat(new ProcessBuilderCheck().available()).as("amtool is installed").isTrue();
    Path shown = Files.writeString(folder.resolve("shown.yml"), parse(WHOLE).toYaml());
    assertThat(ProcessBuilderCheck.checkConfig(shown)).contains("SUCCESS", "2 receivers");
  }

  @Tag("peer")
  @Test
  void shippedConfiguration_loadsAndIsAcceptedByAmtool() throws Exception {
    Path shipped = Path.of("notifications/alertmanager.yml");
    AlertmanagerConfig config = Channels.load(shipped);
    assertThat(config.receiver("on-call").orElseThrow().integrations())
        .hasSizeGreaterThanOrEqualTo(2)
        .allMatch(IntegrationConfig::sendResolved);
    assertThat(config.receiver("heartbeat").orElseThrow().integrations()).isEmpty();
    assumeThat(new ProcessBuilderCheck().available()).as("amtool is installed").isTrue();
    assertThat(ProcessBuilderCheck.checkConfig(shipped)).contains("SUCCESS");
  }

  /// Debian's amtool, if it is installed.
  private static final class ProcessBuilderCheck {
    boolean available() {
      return Files.isExecutable(Path.of("/usr/bin/amtool"));
    }

    static String checkConfig(Path file) throws IOException, InterruptedException {
      Process amtool =
          new ProcessBuilder("/usr/bin/amtool", "check-config", file.toString())
              .redirectErrorStream(true)
              .start();
      String output = new String(amtool.getInputStream().readAllBytes());
      assertThat(amtool.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(amtool.exitValue()).as(output).isZero();
      return output;
    }
  }

  @Test
  void load_withPharosFileBeside_addsItsReceivers(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("alertmanager.yml"), "{route: {receiver: a}, receivers: [{name: a}]}");
    assertThat(Channels.load(file).receiver("a").orElseThrow().integrations()).isEmpty();
    Files.writeString(
        folder.resolve("pharos.yml"),
        """
        receivers:
        - name: a
          dingtalk_configs:
          - {webhook_url_file: ding, secret: hush, at_mobiles: ['1'], at_all: true, title: t}
        """);
    AlertmanagerConfig config = Channels.load(file);
    DingTalkConfig ding = config.receiver("a").orElseThrow().all(DingTalkConfig.class).getFirst();
    assertThat(ding.hook().webhookUrl()).isEqualTo(SecretSource.fromFile(folder.resolve("ding")));
    assertThat(ding.secret().read()).contains("hush");
    assertThat(ding.sendResolved()).isTrue();
    assertThat(ding.type()).isEqualTo("dingtalk");
    assertThat(config.toYaml()).doesNotContain("ding");
  }

  @Test
  void secretFile_isReadAtEachUse(@TempDir Path folder) throws Exception {
    var secret = SecretSource.fromFile(folder.resolve("s"));
    assertThatThrownBy(secret::read).isInstanceOf(IOException.class).hasMessageContaining("s");
    Files.writeString(folder.resolve("s"), " one\n");
    assertThat(secret.read()).contains("one");
    Files.writeString(folder.resolve("s"), "two");
    assertThat(secret.read()).contains("two");
    assertThat(SecretSource.unset().read()).isEmpty();
    assertThat(new Secret("x")).hasToString("<secret>").isEqualTo(new Secret("x"));
  }

  /// Invalid files and their errors. Each begins with valid parts.
  @TestFactory
  Stream<DynamicTest> load_faultyFile_isRefusedWithPlaceAndReason() {
    String ok = "receivers: [{name: a}]\n";
    return Map.ofEntries(
            Map.entry(
                "route: {receiver: a, routes: [{receiver: zz}]}\n" + ok,
                ":1:42: route.routes[0].receiver: undefined receiver \"zz\", expected one of [\"a\"]"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a}, {name: a}]",
                "the receiver \"a\" is defined twice"),
            Map.entry(ok, "no routes provided"),
            Map.entry("route: {group_by: [x]}\n" + ok, "the root route must name a receiver"),
            Map.entry("route: {receiver: a, matchers: [x=\"y\"]}\n" + ok, "must not have matchers"),
            Map.entry("route: {receiver: a, continue: true}\n" + ok, "must not have continue"),
            Map.entry(
                "route: {receiver: a, mute_time_intervals: [t]}\n" + ok,
                "must not have mute_time_intervals"),
            Map.entry(
                "route: {receiver: a}\nrecievers: []\n" + ok, ":2: unknown key \"recievers\""),
            Map.entry(
                "route: {receiver: a, routes: [{matchers: ['x=~\"(\"']}]}\n" + ok,
                "error parsing regexp"),
            Map.entry(
                "route: {receiver: a, routes: [{matchers: ['x+y']}]}\n" + ok,
                "expected matchers such as severity=\"critical\""),
            Map.entry(
                "route: {receiver: a, routes: [{match_re: {x: '('}}]}\n" + ok,
                "error parsing regexp"),
            Map.entry("route: {receiver: a, group_by: [x, x]}\n" + ok, "duplicated label \"x\""),
            Map.entry("route: {receiver: a, group_by: ['']}\n" + ok, "must not be empty"),
            Map.entry("route: {receiver: a, group_by: ['...', x]}\n" + ok, "can't be combined"),
            Map.entry("route: {receiver: a, group_interval: 0s}\n" + ok, "must be greater than 0"),
            Map.entry("route: {receiver: a, group_wait: soon}\n" + ok, "expected a duration"),
            Map.entry("route: {receiver: a, labels: {x: y}}\n" + ok, "labels is not supported"),
            Map.entry(
                "route: {receiver: a, routes: [{mute_time_intervals: [zz]}]}\n" + ok,
                "undefined time interval \"zz\""),
            Map.entry(
                "global: {resolve_timeout: 0s}\nroute: {receiver: a}\n" + ok,
                "must be greater than 0"),
            Map.entry(
                "global: {victorops_api_url: 'http://x'}\nroute: {receiver: a}\n" + ok,
                ":1: global: victorops_api_url is not supported"),
            Map.entry(
                "route: {receiver: a, routes: [{match: {a-b: c}}]}\n" + ok,
                "invalid label name \"a-b\""),
            Map.entry(
                "route: {receiver: a, routes: [{match_re: {'': c}}]}\n" + ok,
                "invalid label name \"\""),
            Map.entry(
                "inhibit_rules: [{source_match: {a-b: c}}]\nroute: {receiver: a}\n" + ok,
                "invalid label name \"a-b\""),
            Map.entry(
                "inhibit_rules: [{equal: ['']}]\nroute: {receiver: a}\n" + ok,
                "a label name must not be empty"),
            Map.entry(
                "route: {receiver: a, routes: [{continue: 'true'}]}\n" + ok,
                "expected true or false, found the string \"true\""),
            Map.entry(
                "global: {slack_api_url: ''}\nroute: {receiver: a}\n" + ok,
                "unsupported scheme \"\""),
            Map.entry(
                "global: {slack_api_url: 'http://h:x/'}\nroute: {receiver: a}\n" + ok,
                "the port of the URL is not a number"),
            Map.entry(
                "time_intervals: [{name: t, time_intervals: [{weekdays: ['monday : friday']}]}]\nroute: {receiver: a}\n"
                    + ok,
                "\"monday \" is not a weekday"),
            Map.entry(
                "time_intervals: [{name: t, time_intervals: [{days_of_month: ['28:-1']}]}]\nroute: {receiver: a}\n"
                    + ok,
                "the start must be at most 28 - 1 = 27, as in Alertmanager"),
            Map.entry("tracing: {x: y}\nroute: {receiver: a}\n" + ok, "tracing is not supported"),
            Map.entry(
                "route: {receiver: a}\nreceivers:\n- name: a\n  sns_configs: [{topic_arn: x}]",
                "alertmanager.yml:4: receivers[0] (receiver \"a\"): Pharos has no receivers of the type sns, expected webhook_configs"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, pager_configs: []}]",
                "unknown key \"pager_configs\""),
            Map.entry("route: {receiver: a}\nreceivers: [{}]", "the receiver has no name"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, labels: {x: y}}]",
                "receiver labels are not supported"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{send_resolved: true}]}]",
                "one of url or url_file"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', url_file: y}]}]",
                "at most one of url and url_file"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'ftp://x/hush'}]}]",
                "unsupported scheme \"ftp\""),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http:'}]}]",
                "not a URL"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http:/x'}]}]",
                "no host"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', max_alerts: -1}]}]",
                "must not be negative"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', payload: {}}]}]",
                "payload is not supported"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', http_config: {proxy_connect_header: {a: [b]}}}]}]",
                "proxy_connect_header is not supported"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', http_config: {basic_auth: {username: u}, bearer_token: t}}]}]",
                "at most one of basic_auth"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', http_config: {authorization: {type: basic}}}]}]",
                "use basic_auth"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', http_config: {basic_auth: {username: u, username_file: f}}}]}]",
                "at most one of username"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', http_config: {tls_config: {cert_file: f}}}]}]",
                "given together"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', http_config: {tls_config: {min_version: TLS9}}}]}]",
                "expected TLS10"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{channel: c}]}]",
                "no api_url"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'http://x', app_token: c}]}]",
                "at most one of api_url and app_token"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'http://x', fields: [{title: t}]}]}]",
                "missing value in Slack field"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'http://x', actions: [{type: t, text: t}]}]}]",
                "missing name or url"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: x@y.z}]}]",
                "no smarthost"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{smarthost: 'h:25'}]}]",
                "missing to address"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: x, smarthost: 'h:25'}]}]",
                "no from"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: x, from: y, smarthost: h}]}]",
                "missing port"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: x, from: y, smarthost: 'h:0'}]}]",
                "not between 1 and 65535"),
            Map.entry(
                "route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: x, from: y, smarthost: 'h:25', headers: {a-b: 1, A-B: 2}}]}]",
                "header \"A-B\" is given twice"),
            Map.entry(
                "time_intervals: [{name: t, time_intervals: [{times: [{start_time: '12:00', end_time: '10:00'}]}]}]\nroute: {receiver: a}\n"
                    + ok,
                "start_time must be before end_time"),
            Map.entry(
                "time_intervals: [{name: t, time_intervals: [{times: [{start_time: '9:00', end_time: '10:00'}]}]}]\nroute: {receiver: a}\n"
                    + ok,
                "expected a time HH:MM"),
            Map.entry(
                "time_intervals: [{name: t, time_intervals: [{weekdays: ['funday']}]}]\nroute: {receiver: a}\n"
                    + ok,
                "\"funday\" is not a weekday"),
            Map.entry(
                "time_intervals: [{name: t, time_intervals: [{weekdays: ['monday:sunday']}]}]\nroute: {receiver: a}\n"
                    + ok,
                "ends before it begins"),
            Map.entry(
                "time_intervals: [{name: t, time_intervals: [{days_of_month: ['0']}]}]\nroute: {receiver: a}\n"
                    + ok,
                "0 is not a day of a month"),
            Map.entry(
                "time_intervals: [{name: t, time_intervals: [{days_of_month: ['-3:5']}]}]\nroute: {receiver: a}\n"
                    + ok,
                "must be negative"),
            Map.entry(
                "time_intervals: [{name: t, time_intervals: [{months: ['13']}]}]\nroute: {receiver: a}\n"
                    + ok,
                "13 is not a month"),
            Map.entry(
                "time_intervals: [{name: t, time_intervals: [{years: ['a']}]}]\nroute: {receiver: a}\n"
                    + ok,
                "expected a year"),
            Map.entry(
                "time_intervals: [{name: t, time_intervals: [{location: Mars/Base}]}]\nroute: {receiver: a}\n"
                    + ok,
                "unknown time zone \"Mars/Base\""),
            Map.entry(
                "time_intervals: [{name: t}, {name: t}]\nroute: {receiver: a}\n" + ok,
                "\"t\" is defined twice"),
            Map.entry(
                "time_intervals: [{}]\nroute: {receiver: a}\n" + ok,
                "the time interval has no name"),
            Map.entry("route: [receiver: {", "not valid YAML"))
        .entrySet()
        .stream()
        .map(
            faulty ->
                DynamicTest.dynamicTest(
                    faulty.getValue(),
                    () ->
                        assertThatThrownBy(() -> parse(faulty.getKey()))
                            .isInstanceOf(ConfigException.class)
                            .hasMessageStartingWith("alertmanager.yml")
                            .hasMessageContaining(faulty.getValue())
                            .hasMessageNotContaining("hush")));
  }

  @Test
  void pharosFile_choosesLanguageAndZoneByReceiver() {
    AlertmanagerConfig base =
        parse("route: {receiver: a}\nreceivers: [{name: a}, {name: b}, {name: c}]");
    assertThat(base.messages()).isEqualTo(MessageSettings.ALERTMANAGER);
    MessageSettings messages =
        base.withPharosFile(
                "pharos.yml",
                """
                language: zh
                timezone: Asia/Shanghai
                receivers:
                  - {name: b, timezone: Europe/Berlin}
                  - {name: c, language: en}
                """,
                Path.of("/"))
            .messages();
    ZoneId shanghai = ZoneId.of("Asia/Shanghai");
    assertThat(messages.defaults()).isEqualTo(MessageSettings.Defaults.PHAROS);
    assertThat(messages.of("a")).isEqualTo(new MessageSettings.Voice("zh", shanghai));
    assertThat(messages.of("b"))
        .isEqualTo(new MessageSettings.Voice("zh", ZoneId.of("Europe/Berlin")));
    assertThat(messages.of("c")).isEqualTo(new MessageSettings.Voice("en", shanghai));
  }

  @Test
  void pharosFile_inhibitRules_comeAfterThoseOfAlertmanager_andAreNotShownToIt() {
    AlertmanagerConfig base =
        parse(
            "route: {receiver: a}\nreceivers: [{name: a}]\n"
                + "inhibit_rules: [{source_matchers: [x=y], target_matchers: [x=z]}]");
    AlertmanagerConfig config =
        base.withPharosFile(
            "pharos.yml",
            """
            inhibit_rules:
              - name: later
                source_matchers: ['alertname="A"', 'severity=~"x|y"']
                target_matchers: ['{alertname="B"}']
                equal: [service]
                outlasts: 1h30m
            """,
            FOLDER);
    assertThat(config.inhibitRules()).hasSize(2).startsWith(base.inhibitRules().getFirst());
    InhibitRule rule = config.inhibitRules().getLast();
    assertThat(rule.name()).isEqualTo("later");
    assertThat(rule.sourceMatchers()).hasSize(2);
    assertThat(rule.equal()).containsExactly("service");
    assertThat(rule.outlasts()).isEqualTo(Duration.ofMinutes(90));
    assertThat(config.toYaml()).isEqualTo(base.toYaml());
  }

  @Test
  void pharosFile_fallbackAndRateLimits_areOfTheirReceiver() {
    DeliverySettings delivery =
        parse("route: {receiver: a}\nreceivers: [{name: a}, {name: b}]")
            .withPharosFile(
                "pharos.yml",
                "receivers: [{name: a, fallback: b, rate_limits: {messages: 5}}]",
                FOLDER)
            .delivery();
    assertThat(delivery.fallback("a")).contains("b");
    assertThat(delivery.fallback("b")).isEmpty();
    assertThat(delivery.limit("a")).contains(new RateLimit(5, Duration.ofMinutes(1)));
    assertThat(delivery.limit("b")).isEmpty();
    assertThat(delivery.urgent()).isEqualTo(DeliverySettings.STANDARD.urgent());
  }

  @Test
  void pharosFile_heartbeats_haveDefaultsAndTheGlobalClient() {
    AlertmanagerConfig config =
        parse(
                "global: {http_config: {proxy_url: 'http://proxy:3128'}}\nroute: {receiver: a}\nreceivers: [{name: a}]")
            .withPharosFile(
                "pharos.yml",
                """
                heartbeats:
                  - {name: plain, url: 'https://hc.example/ping/token'}
                  - {name: full, url_file: ping, fail_url_file: fail, method: GET, interval: 30s, timeout: 5s, http_config: {follow_redirects: true}}
                """,
                FOLDER);
    OutboundHeartbeat plain = config.delivery().heartbeats().getFirst();
    assertThat(plain.method()).isEqualTo("POST");
    assertThat(plain.interval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(plain.timeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(plain.failUrl().isSet()).isFalse();
    assertThat(plain.http()).isEqualTo(config.global().http());
    assertThat(plain.http().followRedirects()).isFalse();
    assertThat(plain.toString()).doesNotContain("token");
    OutboundHeartbeat full = config.delivery().heartbeats().getLast();
    assertThat(full.url()).isEqualTo(SecretSource.fromFile(FOLDER.resolve("ping")));
    assertThat(full.http().followRedirects()).isTrue();
    assertThat(config.toYaml()).doesNotContain("hc.example");
  }

  @Test
  void pharosFile_hysteresis_keepsItsPlaceForErrorsOfRules() {
    AlertmanagerConfig config =
        parse("route: {receiver: a}\nreceivers: [{name: a}]")
            .withPharosFile(
                "pharos.yml",
                """
                hysteresis:
                  - matchers: [alertname="Hot"]
                    fire_after: {at_least: 3, of: 5}
                    resolve_at: -1.5e2
                """,
                FOLDER);
    HysteresisRule hot = config.delivery().hysteresis().getFirst();
    assertThat(hot.atLeast()).isEqualTo(3);
    assertThat(hot.of()).isEqualTo(5);
    assertThat(hot.resolveAt()).isEqualTo(-150);
    assertThat(hot.file() + ":" + hot.line() + ": " + hot.path())
        .isEqualTo("pharos.yml:2: hysteresis[0]");
  }

  @TestFactory
  Stream<DynamicTest> pharosFile_faulty_isRefusedWithPlaceAndReason() {
    AlertmanagerConfig base =
        parse(
            "route: {receiver: a}\nreceivers: [{name: a}, {name: p, pagerduty_configs: [{routing_key: k}]}]");
    return Map.ofEntries(
            Map.entry(
                "receivers: [{name: b}]",
                "pharos.yml:1:20: receivers[0].name: no receiver \"b\" in alertmanager.yml, expected one of [\"a\", \"p\"]"),
            Map.entry("receivers: [{name: a}, {name: a}]", "\"a\" is given twice"),
            Map.entry("receivers: [{dingtalk_configs: []}]", "\"name\" is missing"),
            Map.entry(
                "receivers: [{name: a, dingtalk_configs: [{title: x}]}]",
                "one of webhook_url or webhook_url_file"),
            Map.entry(
                "receivers: [{name: a, dingtalk_configs: [{webhook_url: 'http://x', colour: x}]}]",
                "unknown key \"colour\""),
            Map.entry(
                "receivers: [{name: a, language: de}]",
                "receivers[0].language: expected one of [en, zh], found \"de\""),
            Map.entry(
                "timezone: Mars/Base", "timezone: expected a time zone such as Asia/Shanghai"),
            Map.entry(
                "receivers: [{name: a, close_what_we_opened: perhaps}]", "close_what_we_opened"),
            Map.entry("urgent_matchers: ['severity']", "urgent_matchers[0]"),
            Map.entry("flapping: [{changes: 3}]", "flapping[0]: the key \"matchers\" is missing"),
            Map.entry("flapping: [{matchers: [a=b], changes: 1}]", "flapping[0].changes: "),
            Map.entry("flapping: [{matchers: [a=b], hold: 2d}]", "flapping[0].hold: "),
            Map.entry("flapping: [{matchers: []}]", "expected at least one matcher"),
            Map.entry("acknowledgements: {ask_after: 1m}", "acknowledgements.ask_after: "),
            Map.entry("acknowledgements: {answer_within: 2d}", "acknowledgements.answer_within: "),
            Map.entry(
                "receivers: [{name: a, people_required: 11}]", "receivers[0].people_required: "),
            Map.entry(
                "receivers: [{name: a, fallback: nobody}]",
                "receivers[0].fallback: no receiver \"nobody\" in alertmanager.yml"),
            Map.entry(
                "receivers: [{name: a, fallback: a}]", "a receiver can't be its own fallback"),
            Map.entry(
                "receivers: [{name: a, rate_limits: {messages: 0}}]",
                "receivers[0].rate_limits: 0 messages, expected at least 1"),
            Map.entry(
                "receivers: [{name: a, rate_limits: {messages: many}}]",
                "receivers[0].rate_limits.messages: expected a number"),
            Map.entry(
                "receivers: [{name: a, rate_limits: {messages: 1, per: 0s}}]",
                "expected more than 0s"),
            Map.entry("receivers: [{name: a, rate_limits: {per: 1m}}]", "\"messages\" is missing"),
            Map.entry(
                "receivers: [{name: p, rate_limits: {messages: 1}}]",
                "a receiver with pagerduty_configs can't have a rate limit"),
            Map.entry(
                "inhibit_rules: [{source_matchers: [a=b], outlasts: 5m}]",
                "inhibit_rules[0]: the key \"target_matchers\" is missing"),
            Map.entry(
                "inhibit_rules: [{source_matchers: [], target_matchers: [a=b], outlasts: 5m}]",
                "inhibit_rules[0].source_matchers: expected at least one matcher"),
            Map.entry(
                "inhibit_rules: [{source_matchers: [a], target_matchers: [a=b], outlasts: 5m}]",
                "inhibit_rules[0].source_matchers[0]: expected matchers such as"),
            Map.entry(
                "inhibit_rules: [{source_matchers: [a=b], target_matchers: [a=b]}]",
                "inhibit_rules[0]: the key \"outlasts\" is missing"),
            Map.entry(
                "inhibit_rules: [{source_matchers: [a=b], target_matchers: [a=b], outlasts: 0s}]",
                "inhibit_rules[0].outlasts: expected a duration above 0, at most 1d"),
            Map.entry(
                "inhibit_rules: [{source_matchers: [a=b], target_matchers: [a=b], outlasts: 25h}]",
                "inhibit_rules[0].outlasts: expected a duration above 0, at most 1d"),
            Map.entry(
                "inhibit_rules: [{source_matchers: [a=b], target_matchers: [a=b], outlast: 5m}]",
                "outlast"),
            Map.entry(
                "hysteresis: [{matchers: [a=b]}]",
                "hysteresis[0]: one of fire_after and resolve_at must be given"),
            Map.entry(
                "hysteresis: [{resolve_at: 80}]", "hysteresis[0]: the key \"matchers\" is missing"),
            Map.entry(
                "hysteresis: [{matchers: [], resolve_at: 80}]", "expected at least one matcher"),
            Map.entry(
                "hysteresis: [{matchers: [a=b], resolve_at: low}]",
                "hysteresis[0].resolve_at: expected a number such as 80, found \"low\""),
            Map.entry(
                "hysteresis: [{matchers: [a=b], resolve_at: .nan}]", "hysteresis[0].resolve_at: "),
            Map.entry(
                "hysteresis: [{matchers: [a=b], fire_after: {at_least: 6, of: 5}}]",
                "hysteresis[0].fire_after.at_least: expected a whole number from 1 to 5, found 6"),
            Map.entry(
                "hysteresis: [{matchers: [a=b], fire_after: {at_least: 0, of: 5}}]",
                "hysteresis[0].fire_after.at_least: expected a whole number from 1 to 5, found 0"),
            Map.entry(
                "hysteresis: [{matchers: [a=b], fire_after: {at_least: 3, of: 101}}]",
                "hysteresis[0].fire_after.of: expected a whole number from 2 to 100, found 101"),
            Map.entry(
                "hysteresis: [{matchers: [a=b], fire_after: {at_least: 1, of: 1}}]",
                "hysteresis[0].fire_after.of: expected a whole number from 2 to 100, found 1"),
            Map.entry(
                "hysteresis: [{matchers: [a=b], fire_after: {of: 5}}]",
                "hysteresis[0].fire_after: the key \"at_least\" is missing"),
            Map.entry(
                "hysteresis: [{matchers: [a=b], fire_after: {at_least: 3, of: 5, in: 5}}]",
                "unknown key \"in\""),
            Map.entry("maintenance_windows: []", "maintenance_windows is not supported"),
            Map.entry("heartbeats: [{url: 'http://x'}]", "heartbeats[0]: the key \"name\" is"),
            Map.entry(
                "heartbeats: [{name: h}]", "heartbeats[0]: one of url or url_file must be given"),
            Map.entry(
                "heartbeats: [{name: h, url: 'http://x', url_file: f}]",
                "at most one of url and url_file"),
            Map.entry("heartbeats: [{name: h, url: 'ftp://x'}]", "heartbeats[0].url: "),
            Map.entry(
                "heartbeats: [{name: '', url: 'http://x'}]",
                "heartbeats[0].name: expected a name of 1 to 60 characters"),
            Map.entry(
                "heartbeats: [{name: h, url: 'http://x'}, {name: h, url: 'http://y'}]",
                "heartbeats[1].name: the heartbeat \"h\" is given twice"),
            Map.entry(
                "heartbeats: [{name: h, url: 'http://x', interval: 9s}]",
                "heartbeats[0].interval: expected a duration from 10s to 1d, found \"9s\""),
            Map.entry(
                "heartbeats: [{name: h, url: 'http://x', timeout: 2m}]",
                "heartbeats[0].timeout: expected a duration from 1s to 1m, found \"2m\""),
            Map.entry(
                "heartbeats: [{name: h, url: 'http://x', method: PUT}]",
                "heartbeats[0].method: expected one of [GET, POST], found \"PUT\""),
            Map.entry(
                "heartbeats: [{name: h, url: 'http://x', grace: 1m}]", "unknown key \"grace\""),
            Map.entry(
                IntStream.range(0, 11)
                    .mapToObj("{name: h%d, url: 'http://x'}"::formatted)
                    .collect(Collectors.joining(", ", "heartbeats: [", "]")),
                "heartbeats: expected at most 10 heartbeats, found 11"),
            Map.entry("receiver: []", "unknown key \"receiver\""))
        .entrySet()
        .stream()
        .map(
            faulty ->
                DynamicTest.dynamicTest(
                    faulty.getValue(),
                    () ->
                        assertThatThrownBy(
                                () -> base.withPharosFile("pharos.yml", faulty.getKey(), FOLDER))
                            .isInstanceOf(ConfigException.class)
                            .hasMessageStartingWith("pharos.yml:1")
                            .hasMessageContaining(faulty.getValue())));
  }

  @Test
  void load_whatSaysNothing_isTaken() {
    AlertmanagerConfig config =
        parse(
            """
            global: {smtp_smarthost: ''}
            route:
              receiver: a
              match: {}
              matchers: []
              active_time_intervals: []
              group_by: [x]
              routes: [{match: {a: }, group_by: []}]
            time_intervals: [{name: est, time_intervals: [{location: EST}]}]
            receivers: [{name: a}]
            """);
    RouteConfig child = config.route().routes().getFirst();
    assertThat(MatcherParser.format(child.matchers())).isEqualTo("{a=\"\"}");
    assertThat(child.groupBy()).isEqualTo(new Grouping.Inherited());
  }

  @Test
  void load_emptyInhibitRule_isTaken() {
    var config = parse("inhibit_rules: [null]\nroute: {receiver: a}\nreceivers: [{name: a}]");
    assertThat(config.inhibitRules()).hasSize(1);
  }

  @Test
  void hostPort_addresses_areReadAndPrinted() {
    assertThat(HostPort.parse("[::1]:25"))
        .isEqualTo(new HostPort("::1", 25))
        .hasToString("[::1]:25");
    assertThatThrownBy(() -> HostPort.parse("::1:25")).hasMessageContaining("too many colons");
    assertThatThrownBy(() -> HostPort.parse("h:smtp")).hasMessageContaining("not a number");
  }
}
