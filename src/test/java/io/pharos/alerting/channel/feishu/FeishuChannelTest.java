package io.pharos.alerting.channel.feishu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.message.Golden;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FeishuChannelTest {
  private static final String OK = "{\"code\":0,\"msg\":\"success\",\"data\":{}}";

  private RecordingReceiver receiver;

  @BeforeEach
  void start() throws IOException {
    receiver = new RecordingReceiver();
  }

  @AfterEach
  void stop() {
    receiver.close();
  }

  private Notifier notifier(String lines) {
    return Sending.pharos(
            "feishu",
            FeishuConfig.class,
            lines + "\nwebhook_url: '" + receiver.url("/open-apis/bot/v2/hook/SECRET") + "'")
        .notifier(Sending.tools());
  }

  private NotifyResult send(String lines, Notification notification) {
    return notifier(lines).notify(notification, Sending.DEADLINE);
  }

  private JsonNode sent(String lines, Notification notification) throws IOException {
    receiver.answer(200, OK);
    assertThat(send(lines, notification)).isEqualTo(new NotifyResult.Sent("code 0"));
    return Sending.json(receiver.last().body());
  }

  @Test
  void builtInCards_matchTheGoldenFiles() throws IOException {
    Golden.assertMatches(
        "feishu-firing.json",
        Sending.pretty(sent("at_user_ids: [ou_1]", NotificationSamples.firing())));
    Golden.assertMatches(
        "feishu-resolved.json",
        Sending.pretty(sent("at_user_ids: [ou_1]", NotificationSamples.resolved())));
  }

  @Test
  void signature_isKnown() {
    // Computed independently: HMAC-SHA256 over an empty text with the key "1599360473\ndemo".
    assertThat(FeishuConfig.sign("demo", 1599360473L))
        .isEqualTo("l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=");
  }

  @Test
  void secret_signsTheBody() throws IOException {
    JsonNode json = sent("secret: demo", NotificationSamples.single());
    long seconds = NotificationSamples.NOW.getEpochSecond();
    assertThat(json.get("timestamp").asText()).isEqualTo(Long.toString(seconds));
    assertThat(json.get("sign").asText()).isEqualTo(FeishuConfig.sign("demo", seconds));
    assertThat(sent("", NotificationSamples.single()).has("sign")).isFalse();
  }

  @Test
  void ownTexts_areTemplates_andMentionsStand() throws IOException {
    JsonNode card =
        sent(
                "title: 't {{ .Status }}'\ntext: '**{{ len .Alerts }}**'\nat_all: true",
                NotificationSamples.single())
            .get("card");
    assertThat(card.get("header").get("title").get("content").asText()).isEqualTo("t firing");
    assertThat(card.get("elements").get(0).get("text").get("content").asText()).isEqualTo("**1**");
    assertThat(card.toString()).contains("<at id=all></at>");
    assertThat(sent("text: '{{ .Nope }}'", NotificationSamples.single()).toString())
        .contains("Checkout fails", "template of feishu text failed");
  }

  @Test
  void answers_onlyCode0Counts() {
    receiver
        .answer(200, "{\"code\":19021,\"msg\":\"sign match fail\"}")
        .answer(200, "{\"code\":11232,\"msg\":\"frequency limited\"}")
        .answer(200, "{}");
    var n = NotificationSamples.single();
    assertThat(send("", n).toString())
        .contains("Rejected", "19021", "sign match fail")
        .doesNotContain("SECRET");
    assertThat(send("", n))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            r -> assertThat(r.retryAfter()).isEqualTo(Optional.of(Duration.ofMinutes(1))));
    assertThat(send("", n)).isInstanceOf(NotifyResult.Rejected.class);
  }
}
