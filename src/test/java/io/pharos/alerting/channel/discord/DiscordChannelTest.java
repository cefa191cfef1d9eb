package io.pharos.alerting.channel.discord;

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

class DiscordChannelTest {
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
            "discord",
            DiscordConfig.class,
            lines + "\nwebhook_url: '" + receiver.url("/SECRET") + "'")
        .notifier(Sending.tools())
        .notify(notification, Sending.DEADLINE);
  }

  private JsonNode sent(String lines, Notification notification) throws IOException {
    receiver.answer(204, "");
    assertThat(send(lines, notification)).isInstanceOf(NotifyResult.Sent.class);
    return Sending.json(receiver.last().body());
  }

  @Test
  void builtInMessages_matchTheGoldenFiles() throws IOException {
    Golden.assertMatches(
        "discord-firing.json", Sending.pretty(sent("", NotificationSamples.firing())));
    Golden.assertMatches(
        "discord-resolved.json", Sending.pretty(sent("", NotificationSamples.resolved())));
  }

  @Test
  void ownTexts_sayEverythingAndAreCut() throws IOException {
    JsonNode json =
        sent(
            """
            content: '{{ range 3000 }}c{{ end }}'
            title: '{{ range 300 }}t{{ end }}'
            message: '{{ range 5000 }}m{{ end }}'
            username: u
            avatar_url: http://a
            """,
            NotificationSamples.single());
    assertThat(json.get("content").asText()).hasSize(2000);
    JsonNode embed = json.get("embeds").get(0);
    assertThat(embed.get("title").asText()).hasSize(256).endsWith("…");
    assertThat(embed.get("description").asText()).hasSize(4096).endsWith("…");
    assertThat(embed.get("color").asInt()).isEqualTo(0x992D22);
    assertThat(json.get("username").asText()).isEqualTo("u");
    assertThat(json.get("avatar_url").asText()).isEqualTo("http://a");
    assertThat(
            sent("title: t", NotificationSamples.resolved())
                .get("embeds")
                .get(0)
                .get("color")
                .asInt())
        .isEqualTo(0x2ECC71);
  }

  @Test
  void failedTemplates_areReplacedAndSaidSo() throws IOException {
    JsonNode embed =
        sent("title: '{{ .Nope }}'\nmessage: '{{ template \"x\" }}'", NotificationSamples.single())
            .get("embeds")
            .get(0);
    assertThat(embed.get("title").asText()).startsWith("🔴 CRITICAL");
    assertThat(embed.get("description").asText())
        .contains(
            "Checkout fails", "template of discord title failed", "of discord message failed");
  }

  @Test
  void rateLimit_isHonouredToTheFraction() {
    receiver.answer(429, "{}", "Retry-After", "0.65").answer(404, "{\"code\":10015}");
    assertThat(send("", NotificationSamples.single()))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            r -> assertThat(r.retryAfter()).isEqualTo(Optional.of(Duration.ofMillis(650))));
    assertThat(send("", NotificationSamples.single()).toString())
        .contains("Rejected", "10015")
        .doesNotContain("SECRET");
  }
}
