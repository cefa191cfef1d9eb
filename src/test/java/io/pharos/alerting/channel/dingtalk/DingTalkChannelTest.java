package io.pharos.alerting.channel.dingtalk;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.message.Golden;
import io.pharos.alerting.message.Language;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DingTalkChannelTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OK = "{\"errcode\":0,\"errmsg\":\"ok\"}";

  private RecordingReceiver receiver;

  @BeforeEach
  void start() throws IOException {
    receiver = new RecordingReceiver();
  }

  @AfterEach
  void stop() {
    receiver.close();
  }

  private DingTalkConfig config(
      String title, String text, SecretSource secret, List<String> mobiles) {
    return new DingTalkConfig(
        new ChatWebhook(
            true,
            HttpOptions.DEFAULT,
            SecretSource.inline(receiver.url("/robot/send?access_token=SECRET"))),
        secret,
        title,
        text,
        mobiles,
        List.of(),
        false,
        Duration.ZERO);
  }

  private NotifyResult send(DingTalkConfig config, Notification notification) {
    return send(config, notification, MessageComposer.english());
  }

  private static NotifyResult send(
      DingTalkConfig config, Notification notification, MessageComposer composer) {
    return config
        .notifier(Sending.tools(MessageTemplates.standard(), composer))
        .notify(notification, NotificationSamples.NOW.plusSeconds(60));
  }

  private JsonNode sent(DingTalkConfig config, Notification notification) throws IOException {
    receiver.answer(200, OK);
    assertThat(send(config, notification)).isEqualTo(new NotifyResult.Sent("errcode 0"));
    return JSON.readTree(receiver.last().body());
  }

  private static String pretty(JsonNode json) throws IOException {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
  }

  @Test
  void builtInMessages_matchTheGoldenFiles() throws IOException {
    var config = config("", "", SecretSource.unset(), List.of("13800000000"));
    Golden.assertMatches(
        "dingtalk-firing.json", pretty(sent(config, NotificationSamples.firing())));
    Golden.assertMatches(
        "dingtalk-resolved.json", pretty(sent(config, NotificationSamples.resolved())));
  }

  @Test
  void builtInMessage_inChinese_matchesTheGoldenFile() throws IOException {
    var composer = new MessageComposer(ZoneId.of("Asia/Shanghai"), Language.CHINESE);
    receiver.answer(200, OK);
    send(
        config("", "", SecretSource.unset(), List.of()),
        NotificationSamples.inChinese(NotificationSamples.firing()),
        composer);
    Golden.assertMatches("dingtalk-firing-zh.json", pretty(JSON.readTree(receiver.last().body())));
  }

  @Test
  void firing_isACardThatMentions_resolvedIsMarkdownThatDoesNot() throws IOException {
    var config = config("", "", SecretSource.unset(), List.of("13800000000"));
    JsonNode firing = sent(config, NotificationSamples.firing());
    assertThat(firing.get("msgtype").asText()).isEqualTo("actionCard");
    assertThat(firing.get("actionCard").get("btns").size()).isEqualTo(5);
    assertThat(firing.get("actionCard").get("text").asText()).endsWith("@13800000000");
    assertThat(firing.get("at").get("atMobiles").get(0).asText()).isEqualTo("13800000000");
    JsonNode resolved = sent(config, NotificationSamples.resolved());
    assertThat(resolved.get("msgtype").asText()).isEqualTo("markdown");
    assertThat(resolved.has("at")).isFalse();
    assertThat(resolved.toString()).doesNotContain("@138").contains("1 h 22 min");
  }

  @Test
  void signature_isOverTimeAndSecret() throws IOException {
    sent(config("", "", SecretSource.inline("SEC123"), List.of()), NotificationSamples.single());
    assertThat(receiver.last().path())
        .isEqualTo(
            "/robot/send?access_token=SECRET&timestamp=1772363130000&sign="
                + "t5iyTnCYCIdlTvH6MYMFl3ufo9vwlLAFaTbHmz%2B9HCU%3D");
  }

  @Test
  void answers_onlyErrcode0Counts() {
    receiver
        .answer(200, "{\"errcode\":130101,\"errmsg\":\"send too fast\"}")
        .answer(200, "{\"errcode\":-1,\"errmsg\":\"busy\"}")
        .answer(200, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}")
        .answer(200, "<html>")
        .answer(502, "");
    var config = config("", "", SecretSource.unset(), List.of());
    var n = NotificationSamples.single();
    assertThat(send(config, n))
        .isEqualTo(
            new NotifyResult.Retryable(
                "DingTalk answered errcode 130101: send too fast",
                Optional.of(Duration.ofMinutes(1))));
    assertThat(send(config, n))
        .isEqualTo(
            new NotifyResult.Retryable("DingTalk answered errcode -1: busy", Optional.empty()));
    assertThat(send(config, n))
        .isEqualTo(new NotifyResult.Rejected("DingTalk answered errcode 310000: sign not match"));
    assertThat(send(config, n)).isInstanceOf(NotifyResult.Rejected.class);
    assertThat(send(config, n))
        .isInstanceOf(NotifyResult.Retryable.class)
        .asString()
        .doesNotContain("SECRET");
  }

  @Test
  void missingSecretFile_isRetryable() {
    var config = config("", "", SecretSource.fromFile(Path.of("/nonexistent/secret")), List.of());
    assertThat(send(config, NotificationSamples.single()))
        .isInstanceOf(NotifyResult.Retryable.class);
  }

  @Test
  void userTemplates_winOrSaySoWhenTheyFail() throws IOException {
    JsonNode card =
        sent(
                config(
                    "{{ .Status }}", "{{ .GroupLabels.service }}", SecretSource.unset(), List.of()),
                NotificationSamples.single())
            .get("actionCard");
    assertThat(card.get("title").asText()).isEqualTo("firing");
    assertThat(card.get("text").asText()).isEqualTo("checkout");
    JsonNode failed =
        sent(
                config("{{ .A }}", "{{ .B }}", SecretSource.unset(), List.of()),
                NotificationSamples.possibleDuplicate(NotificationSamples.many(9)))
            .get("actionCard");
    assertThat(failed.get("title").asText()).startsWith("🔴 CRITICAL High error rate");
    assertThat(failed.get("text").asText())
        .contains("+4 more")
        .contains("Possibly a duplicate")
        .contains("The template of dingtalk title failed")
        .contains("The template of dingtalk text failed");
  }
}
