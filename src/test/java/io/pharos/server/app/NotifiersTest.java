package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.Channels;
import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.device.DeviceSource;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.alerting.message.MessageComposer.LinkSigner;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Captured messages equal those that would be sent.
class NotifiersTest {
  @TempDir Path folder;
  private final Clients clients = new Clients(InstantSource.system());

  @AfterEach
  void close() {
    clients.close();
  }

  /// A configuration with one integration, in the file that supports it.
  private AlertmanagerConfig config(String type, String keys) {
    boolean ours =
        Channels.ALL.stream().anyMatch(it -> it.type().equals(type) && it.isPharosOnly());
    String channels = "receivers: [{name: r, " + type + "_configs: [{" + keys + "}]}]\n";
    AlertmanagerConfig config =
        Channels.parse(
            "alertmanager.yml",
            "route: {receiver: r}\n" + (ours ? "receivers: [{name: r}]\n" : channels),
            folder);
    return config.withPharosFile("pharos.yml", ours ? channels : "receivers: []\n", folder);
  }

  private NotifyResult send(AlertmanagerConfig config, Optional<Mailbox> capture) {
    var notifiers =
        new Notifiers(
            (_, _) -> new NotifyResult.Sent(""),
            MessageTemplates.standard(),
            config.messages(),
            Sending.CLOCK,
            new ClientPool(clients),
            LinkSigner.NONE,
            "",
            AlertCourse.Source.NONE,
            DeviceSource.NONE,
            capture,
            Notifiers.Cards.NONE);
    IntegrationConfig only = config.receiver("r").orElseThrow().integrations().getFirst();
    return notifiers.create("r", only).notify(NotificationSamples.firing(), Sending.DEADLINE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          slack | api_url_file: url, channel: '#a'
          discord | webhook_url_file: url
          msteams | webhook_url_file: url
          msteamsv2 | webhook_url_file: url
          webhook | url_file: url
          dingtalk | webhook_url_file: url
          wecom | webhook_url_file: url
          feishu | webhook_url_file: url
          """)
  void captured_channelByAddress_isToTheByteWhatTheReceiverGets(String type, String keys)
      throws Exception {
    var mailbox = new Mailbox(folder.resolve("box"), 10);
    AlertmanagerConfig config = config(type, keys);
    assertThat(send(config, Optional.of(mailbox)))
        .isInstanceOfSatisfying(
            NotifyResult.Sent.class,
            sent -> assertThat(sent.answer()).contains("local mailbox", "url"));
    Mailbox.Message kept = mailbox.newestFirst().getFirst();
    assertThat(kept.channel()).isEqualTo(type);
    assertThat(kept.subject()).contains("High error rate");
    assertThat(kept.request().url()).endsWith("url.not-configured.invalid/");
    try (var receiver = new RecordingReceiver()) {
      receiver.byDefault("{\"ok\":true,\"errcode\":0,\"code\":0}");
      Files.writeString(folder.resolve("url"), receiver.url("/hook"));
      assertThat(send(config, Optional.of(mailbox))).isInstanceOf(NotifyResult.Sent.class);
      assertThat(receiver.last().body()).isEqualTo(kept.request().body());
      kept.request()
          .headers()
          .forEach(
              (name, value) -> assertThat(header(receiver.last(), name)).as(name).isEqualTo(value));
    }
    assertThat(mailbox.newestFirst()).hasSize(1);
  }

  private static String header(RecordingReceiver.Received received, String name) {
    return received.headers().entrySet().stream()
        .filter(header -> header.getKey().equalsIgnoreCase(name))
        .map(header -> header.getValue().getFirst())
        .findFirst()
        .orElse("");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          pagerduty | routing_key_file: none | https://events.pagerduty.com/v2/enqueue
          opsgenie | api_key_file: none | https://api.opsgenie.com/v2/alerts
          telegram | chat_id: -1, bot_token_file: none | https://api.telegram.org/botnot-configured-bot-token/sendMessage
          pushover | user_key: HIDDEN, token_file: none | https://api.pushover.net/1/messages.json
          wechat | corp_id: c, api_secret_file: none | https://qyapi.weixin.qq.com/cgi-bin/message/send
          dingtalk | webhook_url_file: none, secret: HIDDEN | https://webhook-url.not-configured.invalid/
          feishu | webhook_url_file: none, secret: HIDDEN | https://webhook-url.not-configured.invalid/
          feishuapp | app_id: cli_1, chat_id: oc_1, app_secret_file: none | https://open.feishu.cn/open-apis/im/v1/messages?receive_id_type=chat_id
          dingtalkapp | client_id: a, conversation_id: c, card_template_id: t, client_secret_file: none | https://api.dingtalk.com/v1.0/card/instances/createAndDeliver
          webhook | url_file: none, http_config: {authorization: {credentials: HIDDEN}} | https://url.not-configured.invalid/
          webhook | url_file: none, http_config: {basic_auth: {username: u, password: HIDDEN}} | https://url.not-configured.invalid/
          webhook | url_file: none, http_config: {http_headers: {X-Key: {secrets: [HIDDEN]}}} | https://url.not-configured.invalid/
          """)
  void captured_channelWithKeys_showsNoneOfThem(String type, String keys, String url)
      throws Exception {
    var box = folder.resolve("box");
    assertThat(send(config(type, keys), Optional.of(new Mailbox(box, 10))))
        .isInstanceOf(NotifyResult.Sent.class);
    Mailbox.Message kept = new Mailbox(box, 10).newestFirst().getFirst();
    assertThat(kept.request().url()).startsWith(url);
    assertThat(kept.request().body()).contains("High");
    try (var files = Files.list(box)) {
      for (Path file : files.toList()) {
        assertThat(Files.readString(file)).doesNotContain("HIDDEN");
      }
    }
  }

  @Test
  void notCaptured_missingFile_isNotConfigured() {
    assertThat(send(config("slack", "api_url_file: url, channel: '#a'"), Optional.empty()))
        .isInstanceOf(NotifyResult.NotConfigured.class);
  }
}
