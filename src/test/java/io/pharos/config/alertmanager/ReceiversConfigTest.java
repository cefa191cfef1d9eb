package io.pharos.config.alertmanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.alerting.Channels;
import io.pharos.alerting.channel.feishu.FeishuConfig;
import io.pharos.alerting.channel.opsgenie.OpsGenieConfig;
import io.pharos.alerting.channel.pagerduty.PagerDutyConfig;
import io.pharos.alerting.channel.pushover.PushoverConfig;
import io.pharos.alerting.channel.telegram.TelegramConfig;
import io.pharos.alerting.channel.webhook.WebhookConfig;
import io.pharos.alerting.channel.wechat.WeChatConfig;
import io.pharos.alerting.channel.wecom.WeComConfig;
import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.ProxyOptions;
import io.pharos.config.http.SecretSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Receivers of chat and incident services: defaults, globals and errors.
class ReceiversConfigTest {
  private static final Path FOLDER = Path.of("/etc/pharos");
  private static final Path AMTOOL = Path.of("/usr/bin/amtool");

  private static final String ALL =
      """
      global:
        pagerduty_url: http://pd
        opsgenie_api_url: http://og/base
        opsgenie_api_key_file: og-key
        wechat_api_url: http://wc
        wechat_api_secret: hush-wc
        wechat_api_corp_id: corp
        telegram_api_url: http://tg
      route: {receiver: r}
      receivers:
      - name: r
        pagerduty_configs:
        - {routing_key: hush-r}
        - service_key_file: s
          url: https://eu
          details: {firing: f, own: o}
          images: [{src: a, alt: b, href: c}]
          links: [{href: a, text: b}]
          source: s
          severity: v
          class: c
          component: p
          group: g
        opsgenie_configs:
        - {}
        - {api_key: hush-o, api_url: 'http://own/', update_alerts: true, responders: [{name: a, type: Teams}], details: {a: b}, tags: t, priority: P2, entity: e, note: n, actions: x}
        telegram_configs:
        - {bot_token: hush-t, chat_id: -100123456789012}
        - {bot_token_file: t, chat_id: 1, api_url: 'http://o', message: m, parse_mode: '', message_thread_id: 3, disable_notifications: true}
        discord_configs:
        - {webhook_url: 'http://d/hush-d'}
        - {webhook_url_file: d, content: c, title: t, message: m, username: u, avatar_url: a}
        msteams_configs: [{webhook_url: 'http://m/hush-m', title: t, summary: s, text: x}]
        msteamsv2_configs: [{webhook_url: 'http://n/hush-n', title: t, text: x}]
        wechat_configs:
        - {}
        - {api_secret: hush-w, corp_id: c, api_url: 'http://x/', message_type: markdown, to_user: u, to_party: p, to_tag: t, agent_id: a, message: m}
        pushover_configs:
        - {user_key: hush-u, token: hush-k}
        - {user_key_file: u, token_file: k, retry: 1m30s, expire: 1.5h, ttl: 500ms, html: true, priority: '1', device: d, sound: s, url: u, url_title: n, title: t, message: m}
        webhook_configs:
        - url: http://w
          http_config:
            oauth2: {client_id: i, client_secret: hush-2, token_url: 'http://t', scopes: [a], endpoint_params: {b: c}, tls_config: {ca: PEM}, proxy_url: 'http://p'}
            proxy_url: http://proxy:3128
            no_proxy: a,b
            http_headers: {X-A: {values: [v], secrets: [hush-h], files: [f]}}
            tls_config: {cert: CERT, key: hush-pem}
        - {url: 'http://w', http_config: {proxy_from_environment: true}}
      """;

  private static AlertmanagerConfig parse(String yaml) {
    return Channels.parse("alertmanager.yml", yaml, FOLDER);
  }

  @Test
  void load_allReceivers_mergesGlobalsAndDefaults() {
    ReceiverConfig receiver = parse(ALL).receivers().getFirst();
    var pagerDuty = receiver.all(PagerDutyConfig.class);
    assertThat(pagerDuty.getFirst().url()).isEqualTo("http://pd");
    assertThat(pagerDuty.getFirst().details()).isEqualTo(PagerDutyConfig.DEFAULT_DETAILS);
    assertThat(pagerDuty.getFirst().sendResolved()).isTrue();
    assertThat(pagerDuty.getLast().url()).isEqualTo("https://eu");
    assertThat(pagerDuty.getLast().serviceKey())
        .isEqualTo(SecretSource.fromFile(Path.of("/etc/pharos/s")));
    assertThat(pagerDuty.getLast().details())
        .containsEntry("firing", "f")
        .containsEntry("own", "o")
        .containsKeys("resolved", "num_firing", "num_resolved");
    var opsGenie = receiver.all(OpsGenieConfig.class);
    assertThat(opsGenie.getFirst().apiUrl()).isEqualTo("http://og/base/");
    assertThat(opsGenie.getFirst().apiKey())
        .isEqualTo(SecretSource.fromFile(Path.of("/etc/pharos/og-key")));
    assertThat(opsGenie.getLast().apiKey()).isEqualTo(SecretSource.inline("hush-o"));
    var telegram = receiver.all(TelegramConfig.class);
    assertThat(telegram.getFirst().chatId()).isEqualTo(-100123456789012L);
    assertThat(telegram.getFirst().parseMode()).isEqualTo("HTML");
    assertThat(telegram.getFirst().apiUrl()).isEqualTo("http://tg");
    assertThat(telegram.getLast().parseMode()).isEmpty();
    var weChat = receiver.all(WeChatConfig.class);
    assertThat(weChat.getFirst().sendResolved()).isFalse();
    assertThat(weChat.getFirst().apiUrl()).isEqualTo("http://wc/");
    assertThat(weChat.getFirst().corpId()).isEqualTo("corp");
    assertThat(weChat.getFirst().messageType()).isEqualTo("text");
    var pushover = receiver.all(PushoverConfig.class);
    assertThat(pushover.getFirst().retry()).isEqualTo(Duration.ofMinutes(1));
    assertThat(pushover.getFirst().expire()).isEqualTo(Duration.ofHours(1));
    assertThat(pushover.getLast().retry()).isEqualTo(Duration.ofSeconds(90));
    assertThat(pushover.getLast().expire()).isEqualTo(Duration.ofMinutes(90));
    assertThat(pushover.getLast().ttl()).isEqualTo(Duration.ofMillis(500));
    HttpOptions http = receiver.all(WebhookConfig.class).getFirst().http();
    var oauth2 = (Credentials.OAuth2) http.credentials();
    assertThat(oauth2.endpointParams()).isEqualTo(Map.of("b", "c"));
    assertThat(oauth2.http().tls().ca()).isEqualTo(SecretSource.inline("PEM"));
    assertThat(http.proxy()).isEqualTo(new ProxyOptions("http://proxy:3128", "a,b", false));
    assertThat(http.headers().get("X-A").secrets())
        .containsExactly(
            SecretSource.inline("hush-h"), SecretSource.fromFile(Path.of("/etc/pharos/f")));
  }

  @Test
  void load_withoutGlobals_takesTheServicesOwnAddresses() {
    ReceiverConfig receiver =
        parse(
                """
                route: {receiver: r}
                receivers:
                - name: r
                  pagerduty_configs: [{routing_key: k}]
                  opsgenie_configs: [{api_key: k}]
                  telegram_configs: [{bot_token: t, chat_id: 1}]
                  wechat_configs: [{api_secret: s, corp_id: c}]
                """)
            .receivers()
            .getFirst();
    assertThat(receiver.all(PagerDutyConfig.class).getFirst().url())
        .isEqualTo("https://events.pagerduty.com/v2/enqueue");
    assertThat(receiver.all(OpsGenieConfig.class).getFirst().apiUrl())
        .isEqualTo("https://api.opsgenie.com/");
    assertThat(receiver.all(TelegramConfig.class).getFirst().apiUrl())
        .isEqualTo("https://api.telegram.org");
    assertThat(receiver.all(WeChatConfig.class).getFirst().apiUrl())
        .isEqualTo("https://qyapi.weixin.qq.com/cgi-bin/");
  }

  @Tag("peer")
  @Test
  void toYaml_isReadAgain_andHidesEverySecret(@TempDir Path folder) throws Exception {
    String printed = parse(ALL).toYaml();
    assertThat(printed).contains("<secret>").doesNotContain("hush");
    assertThat(parse(printed).toYaml()).isEqualTo(printed);
    assumeTrue(Files.isExecutable(AMTOOL), "skipped: " + AMTOOL + " is not installed");
    Path file = Files.writeString(folder.resolve("printed.yml"), printed);
    Process check =
        new ProcessBuilder(AMTOOL.toString(), "check-config", file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(check.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(check.exitValue()).as(output).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pagerduty_configs: [{}] | missing routing_key or service_key",
        "pagerduty_configs: [{routing_key: a, routing_key_file: b}] | at most one of routing_key",
        "pagerduty_configs: [{routing_key: a, url: ''}] | unsupported scheme",
        "pagerduty_configs: [{routing_key: a, links: [{url: b}]}] | unknown key \"url\"",
        "pagerduty_configs: [{routing_key: a, timeout: 1s}] | unknown key \"timeout\"",
        "opsgenie_configs: [{}] | no api_key and no global opsgenie_api_key",
        "opsgenie_configs: [{api_key: a, responders: [{type: team}]}] | at least one of id, name and username",
        "opsgenie_configs: [{api_key: a, responders: [{name: a, type: foo}]}] | unknown type \"foo\"",
        "telegram_configs: [{chat_id: 1}] | one of bot_token or bot_token_file",
        "telegram_configs: [{bot_token: a}] | missing chat_id",
        "telegram_configs: [{bot_token: a, chat_id: x}] | expected a whole number",
        "telegram_configs: [{bot_token: a, chat_id: 1, parse_mode: html}] | expected HTML, Markdown",
        "discord_configs: [{title: t}] | one of webhook_url or webhook_url_file",
        "msteams_configs: [{}] | one of webhook_url or webhook_url_file",
        "msteamsv2_configs: [{webhook_url: 'http://x', summary: s}] | unknown key \"summary\"",
        "wechat_configs: [{api_secret: s}] | no corp_id",
        "wechat_configs: [{corp_id: s}] | no api_secret",
        "wechat_configs: [{api_secret: s, corp_id: c, message_type: card}] | expected text or markdown",
        "pushover_configs: [{token: t}] | one of user_key",
        "pushover_configs: [{user_key: t}] | one of token",
        "pushover_configs: [{user_key: u, token: t, retry: 30}] | expected a duration such as 30s",
        "pushover_configs: [{user_key: u, token: t, html: true, monospace: true}] | at most one of html and monospace",
        "webhook_configs: [{url: 'http://x', http_config: {no_proxy: a}}] | no_proxy needs proxy_url",
        "webhook_configs: [{url: 'http://x', http_config: {proxy_url: 'socks5://p'}}] | unsupported scheme \"socks5\"",
        "webhook_configs: [{url: 'http://x', http_config: {proxy_url: 'http://u:p@h'}}] | remove the user",
        "webhook_configs: [{url: 'http://x', http_config: {proxy_url: 'http://h', proxy_from_environment: true}}] | neither proxy_url nor no_proxy",
        "webhook_configs: [{url: 'http://x', http_config: {oauth2: {client_id: a}}}] | missing token_url",
        "webhook_configs: [{url: 'http://x', http_config: {oauth2: {token_url: 'http://x'}}}] | missing client_id",
        "webhook_configs: [{url: 'http://x', http_config: {oauth2: {client_id: a, token_url: 'http://x'}, basic_auth: {username: u}}}] | at most one of basic_auth, authorization, oauth2",
        "webhook_configs: [{url: 'http://x', http_config: {http_headers: {authorization: {values: [a]}}}}] | setting the header \"authorization\" is not allowed",
        "webhook_configs: [{url: 'http://x', http_config: {http_headers: {'X A': {values: [a]}}}}] | is not a valid header name",
        "webhook_configs: [{url: 'http://x', http_config: {tls_config: {cert: a}}}] | must be given together",
        "webhook_configs: [{url: 'http://x', http_config: {tls_config: {ca: a, ca_file: b}}}] | at most one of ca and ca_file",
        "webex_configs: [{room_id: a}] | no receivers of the type webex",
        "mattermost_configs: [{}] | no receivers of the type mattermost",
      })
  void load_faultyReceiver_isRefused(String receiver, String reason) {
    assertThatThrownBy(
            () -> parse("route: {receiver: r}\nreceivers: [{name: r, " + receiver + "}]"))
        .hasMessageContaining("alertmanager.yml:2")
        .hasMessageContaining(reason.strip());
  }

  @Test
  void pharosFile_addsFeishuAndWeCom() {
    AlertmanagerConfig config =
        parse("{route: {receiver: r}, receivers: [{name: r}]}")
            .withPharosFile(
                "pharos.yml",
                """
                receivers:
                - name: r
                  feishu_configs: [{webhook_url: 'http://f', secret_file: s, at_user_ids: [u], at_all: true, title: t, text: x, timeout: 3s}]
                  wecom_configs: [{webhook_url_file: w, at_mobiles: ['1'], at_user_ids: [u], send_resolved: false, text: x}]
                """,
                FOLDER);
    ReceiverConfig receiver = config.receivers().getFirst();
    assertThat(receiver.integrations())
        .extracting(IntegrationConfig::type)
        .containsExactly("feishu", "wecom");
    FeishuConfig feishu = receiver.all(FeishuConfig.class).getFirst();
    assertThat(feishu.secret()).isEqualTo(SecretSource.fromFile(Path.of("/etc/pharos/s")));
    assertThat(feishu.timeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(feishu.templates()).isEqualTo(Map.of("title", "t", "text", "x"));
    WeComConfig weCom = receiver.all(WeComConfig.class).getFirst();
    assertThat(weCom.sendResolved()).isFalse();
    assertThat(weCom.atMobiles()).isEqualTo(List.of("1"));
    assertThat(config.toYaml()).doesNotContain("feishu", "wecom");
  }
}
