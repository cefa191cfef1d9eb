package io.pharos.alerting.channel.msteams;

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

class MsTeamsChannelTest {
  private RecordingReceiver receiver;

  @BeforeEach
  void start() throws IOException {
    receiver = new RecordingReceiver();
  }

  @AfterEach
  void stop() {
    receiver.close();
  }

  private String url(String lines) {
    return lines + "\nwebhook_url: '" + receiver.url("/SECRET") + "'";
  }

  private NotifyResult connector(String lines, Notification notification) {
    return Sending.alertmanager("msteams", MsTeamsConfig.class, url(lines))
        .notifier(Sending.tools())
        .notify(notification, Sending.DEADLINE);
  }

  private NotifyResult workflow(String lines, Notification notification) {
    return Sending.alertmanager("msteamsv2", MsTeamsV2Config.class, url(lines))
        .notifier(Sending.tools())
        .notify(notification, Sending.DEADLINE);
  }

  private JsonNode taken(NotifyResult result) throws IOException {
    assertThat(result).isInstanceOf(NotifyResult.Sent.class);
    return Sending.json(receiver.last().body());
  }

  @Test
  void builtInCards_matchTheGoldenFiles() throws IOException {
    receiver.answer(200, "1").answer(202, "").answer(202, "");
    Golden.assertMatches(
        "msteams-firing.json", Sending.pretty(taken(connector("", NotificationSamples.firing()))));
    Golden.assertMatches(
        "msteamsv2-firing.json", Sending.pretty(taken(workflow("", NotificationSamples.firing()))));
    Golden.assertMatches(
        "msteamsv2-resolved.json",
        Sending.pretty(taken(workflow("", NotificationSamples.resolved()))));
  }

  @Test
  void ownTexts_sayEverything() throws IOException {
    receiver.answer(200, "1").answer(202, "");
    assertThat(
            taken(
                    connector(
                        "title: 't {{ .Status }}'\nsummary: s\ntext: x",
                        NotificationSamples.single()))
                .toString())
        .isEqualTo(
            "{\"@context\":\"http://schema.org/extensions\",\"type\":\"MessageCard\",\"title\":\"t firing\",\"summary\":\"s\",\"text\":\"x\",\"themeColor\":\"8C1A1A\"}");
    JsonNode body =
        taken(workflow("title: t\ntext: '{{ .Nope }}'", NotificationSamples.resolved()))
            .get("attachments")
            .get(0)
            .get("content")
            .get("body");
    assertThat(body.get(0).get("text").asText()).isEqualTo("t");
    assertThat(body.get(0).get("color").asText()).isEqualTo("Good");
    assertThat(body.get(1).get("text").asText()).contains("Checkout fails");
    assertThat(body.get(2).get("text").asText()).contains("template of msteamsv2 text failed");
  }

  @Test
  void refusalInsideATakenAnswer_isAFailure() {
    receiver
        .answer(
            200,
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x")
        .answer(
            200,
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413")
        .answer(429, "", "Retry-After", "2");
    var n = NotificationSamples.single();
    assertThat(connector("", n)).isInstanceOf(NotifyResult.Retryable.class);
    assertThat(connector("", n)).isInstanceOf(NotifyResult.Rejected.class);
    assertThat(workflow("", n))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            r -> assertThat(r.retryAfter()).isEqualTo(Optional.of(Duration.ofSeconds(2))));
  }
}
