package io.pharos.alerting.channel.telegram;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.message.Golden;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TelegramChannelTest {
  private static final String OK = "{\"ok\":true,\"result\":{\"message_id\":7}}";

  private RecordingReceiver receiver;

  @BeforeEach
  void start() throws IOException {
    receiver = new RecordingReceiver();
  }

  @AfterEach
  void stop() {
    receiver.close();
  }

  private NotifyResult send(String lines, Notification notification) {
    return Sending.alertmanager(
            "telegram",
            TelegramConfig.class,
            lines + "\nbot_token: SECRET\nchat_id: -100123\napi_url: '" + receiver.url("/tg") + "'")
        .notifier(Sending.tools())
        .notify(notification, Sending.DEADLINE);
  }

  private JsonNode sent(String lines, Notification notification) throws IOException {
    receiver.answer(200, OK);
    assertThat(send(lines, notification)).isEqualTo(new NotifyResult.Sent("message 7"));
    assertThat(receiver.last().path()).isEqualTo("/tg/botSECRET/sendMessage");
    return Sending.json(receiver.last().body());
  }

  @Test
  void builtInMessages_matchTheGoldenFiles() throws IOException {
    Golden.assertMatches(
        "telegram-firing.json", Sending.pretty(sent("", NotificationSamples.firing())));
    Golden.assertMatches(
        "telegram-resolved.json",
        Sending.pretty(sent("parse_mode: MarkdownV2", NotificationSamples.resolved())));
  }

  @Test
  void ownText_inHtmlModeEscapesLabels_inOthersNot() throws IOException {
    String message = "message: '<b>{{ (index .Alerts 0).Annotations.value }}</b>'";
    var odd =
        NotificationSamples.notification(
            java.util.List.of(
                NotificationSamples.alert("p", "<1 & 2>", NotificationSamples.NOW, null, false)),
            Notification.Reason.FIRST_NOTIFICATION,
            true);
    JsonNode html = sent(message + "\nmessage_thread_id: 5\ndisable_notifications: true", odd);
    assertThat(html.toString())
        .isEqualTo(
            "{\"chat_id\":\"-100123\",\"disable_notification\":\"true\",\"disable_web_page_preview\":\"true\","
                + "\"message_thread_id\":\"5\",\"text\":\"<b>&lt;1 &amp; 2&gt;</b>\",\"parse_mode\":\"HTML\"}");
    JsonNode plain = sent(message + "\nparse_mode: ''", odd);
    assertThat(plain.get("text").asText()).isEqualTo("<b><1 & 2></b>");
    assertThat(plain.has("parse_mode")).isFalse();
  }

  @Test
  void longText_isCutWhereItIsPlain_andReplacedWhereItIsHtml() throws IOException {
    String message = "message: '{{ range 5000 }}x{{ end }}'";
    assertThat(
            sent(message + "\nparse_mode: ''", NotificationSamples.single()).get("text").asText())
        .hasSize(4096)
        .endsWith("…");
    assertThat(sent(message, NotificationSamples.single()).get("text").asText())
        .startsWith("<b>🔴 CRITICAL High error rate")
        .contains("The text of telegram was too long");
  }

  @Test
  void failedTemplate_isReplacedAndSaidSo() throws IOException {
    assertThat(sent("message: '{{ .Nope }}'", NotificationSamples.single()).get("text").asText())
        .startsWith("<b>🔴 CRITICAL High error rate")
        .contains("template of telegram message failed");
  }

  @Test
  void markupThatTelegramRefuses_isSentWithoutIt() throws IOException {
    receiver.answer(
        400,
        "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: can't parse entities: x\"}");
    JsonNode json = sent("message: '<b>open'", NotificationSamples.single());
    assertThat(receiver.received()).hasSize(2);
    assertThat(json.has("parse_mode")).isFalse();
    assertThat(json.get("text").asText()).startsWith("<b>open").contains("markup of telegram");
  }

  @Test
  void buttonsToBareHosts_areLinksInTheText() throws IOException {
    var sample = NotificationSamples.single();
    JsonNode json = sent("", sample);
    assertThat(json.get("reply_markup").get("inline_keyboard").toString())
        .contains("wiki.example.org");
    assertThat(json.get("text").asText()).doesNotContain("wiki.example.org");
  }

  @Test
  void answers_onlyOkCounts_andAllElseIsTriedAgain() {
    receiver
        .answer(200, "{\"ok\":false,\"description\":\"chat not found\"}")
        .answer(429, "{\"ok\":false,\"parameters\":{\"retry_after\":9}}")
        .answer(403, "{\"ok\":false,\"description\":\"bot was kicked\"}")
        .answer(502, "");
    var n = NotificationSamples.single();
    assertThat(send("", n)).isInstanceOf(NotifyResult.Retryable.class);
    assertThat(send("", n))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            r -> assertThat(r.retryAfter()).isEqualTo(Optional.of(Duration.ofSeconds(9))));
    assertThat(send("", n).toString())
        .contains("Retryable", "bot was kicked")
        .doesNotContain("SECRET");
    assertThat(send("", n)).isInstanceOf(NotifyResult.Retryable.class);
  }
}
