package io.pharos.alerting.channel.slack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.alerting.Channels;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.message.Golden;
import io.pharos.alerting.message.Language;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.pharos.MessageSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SlackChannelTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private RecordingReceiver receiver;

  @BeforeEach
  void start() throws IOException {
    receiver = new RecordingReceiver();
  }

  @AfterEach
  void stop() {
    receiver.close();
  }

  /// Reads a `slack_configs` entry.
  private SlackConfig config(String lines) {
    String yaml =
        """
        route: {receiver: r}
        receivers:
          - name: r
            slack_configs:
              - api_url: %s
        """
                .formatted(receiver.url("/services/SECRET"))
            + lines.indent(8);
    return Channels.parse("alertmanager.yml", yaml, Path.of("/"))
        .receivers()
        .getFirst()
        .all(SlackConfig.class)
        .getFirst();
  }

  private NotifyResult send(SlackConfig config, Notification notification) {
    return send(config, notification, MessageTemplates.standard(), MessageComposer.english());
  }

  private static NotifyResult send(
      SlackConfig config,
      Notification notification,
      MessageTemplates templates,
      MessageComposer composer) {
    return config
        .notifier(Sending.tools(templates, composer))
        .notify(notification, NotificationSamples.NOW.plusSeconds(60));
  }

  private JsonNode sent(String lines, Notification notification) throws IOException {
    assertThat(send(config(lines), notification)).isEqualTo(new NotifyResult.Sent("ok"));
    return JSON.readTree(receiver.last().body());
  }

  private static String pretty(JsonNode json) throws IOException {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
  }

  @Test
  void builtInMessage_matchesTheGoldenFiles() throws IOException {
    Golden.assertMatches(
        "slack-firing.json", pretty(sent("channel: '#alerts'", NotificationSamples.firing())));
    Golden.assertMatches("slack-resolved.json", pretty(sent("", NotificationSamples.resolved())));
    assertThat(receiver.last().header("X-pharos-delivery")).isEqualTo("d-0001");
  }

  @Test
  void builtInMessage_inChinese_matchesTheGoldenFiles() throws IOException {
    var composer = new MessageComposer(ZoneId.of("Asia/Shanghai"), Language.CHINESE);
    send(
        config("channel: '#alerts'"),
        NotificationSamples.inChinese(NotificationSamples.firing()),
        MessageTemplates.standard(),
        composer);
    Golden.assertMatches("slack-firing-zh.json", pretty(JSON.readTree(receiver.last().body())));
    send(
        config("channel: '#alerts'"),
        NotificationSamples.inChinese(NotificationSamples.resolved()),
        MessageTemplates.standard(),
        composer);
    Golden.assertMatches("slack-resolved-zh.json", pretty(JSON.readTree(receiver.last().body())));
  }

  @Test
  void alertmanagersDefaults_titleOfOnesOwn_staysAsItIs() throws IOException {
    send(
        config("title: 'one  line '"),
        NotificationSamples.firing(),
        MessageTemplates.of(MessageSettings.Defaults.ALERTMANAGER),
        MessageComposer.english());
    assertThat(
            JSON.readTree(receiver.last().body()).path("attachments").get(0).path("title").asText())
        .isEqualTo("one  line ");
  }

  @Test
  void alertmanagersDefaults_areItsMessage() throws IOException {
    var templates = MessageTemplates.of(MessageSettings.Defaults.ALERTMANAGER);
    send(
        config("channel: '#c'"),
        NotificationSamples.firing(),
        templates,
        MessageComposer.english());
    assertThat(JSON.readTree(receiver.last().body()))
        .isEqualTo(
            JSON.readTree(
                """
                {"channel": "#c", "username": "Alertmanager", "attachments": [{
                  "title": "[FIRING:3] HighErrorRate checkout (production eu-west-1 critical)",
                  "title_link": "https://pharos.example.org/#/alerts?receiver=team%5C.on-call",
                  "fallback": "[FIRING:3] HighErrorRate checkout (production eu-west-1 critical) | https://pharos.example.org/#/alerts?receiver=team%5C.on-call",
                  "text": "", "callback_id": "", "footer": "",
                  "color": "danger",
                  "mrkdwn_in": ["fallback", "pretext", "text"]}]}
                """));
  }

  @Test
  void previewLine_carriesStateWhatWhereValueAndHowMany() throws IOException {
    assertThat(sent("", NotificationSamples.firing()).get("text").asText())
        .isEqualTo(
            "🔴 CRITICAL High error rate – checkout · 7.2 % · 3 alerts · production/eu-west-1");
    assertThat(sent("", NotificationSamples.resolved()).get("text").asText())
        .isEqualTo(
            "✅ RESOLVED High error rate – checkout · after 1 h 22 min · production/eu-west-1");
  }

  @Test
  void userTemplates_win() throws IOException {
    JsonNode json =
        sent(
            """
            channel: '#{{ .GroupLabels.service }}'
            username: bot
            icon_emoji: ':bell:'
            title: '{{ .Status }} {{ .CommonLabels.alertname }}'
            title_link: https://example.org
            text: '{{ range .Alerts }}{{ .Labels.instance }} {{ end }}'
            fallback: plain
            color: '#123456'
            pretext: pre
            footer: foot
            link_names: true
            mrkdwn_in: [text]
            fields:
              - {title: '{{ .Status }}', value: v, short: true}
            actions:
              - {type: button, text: Go, url: 'https://example.org/{{ .Status }}', style: danger, confirm: {text: "Sure?", title: T, ok_text: Yes, dismiss_text: No}}
              - {type: button, text: Act, name: n, value: v}
            """,
            NotificationSamples.firing());
    JsonNode attachment = json.get("attachments").get(0);
    assertThat(json.has("text")).isFalse();
    assertThat(json.get("channel").asText()).isEqualTo("#checkout");
    assertThat(json.get("link_names").asBoolean()).isTrue();
    assertThat(attachment.get("title").asText()).isEqualTo("firing HighErrorRate");
    assertThat(attachment.get("text").asText())
        .isEqualTo("pod-1:8080 pod-7:8080 pod-4:8080 pod-2:8080 ");
    assertThat(attachment.get("fields").toString())
        .isEqualTo("[{\"title\":\"firing\",\"value\":\"v\",\"short\":true}]");
    assertThat(attachment.get("actions").get(0).get("url").asText())
        .isEqualTo("https://example.org/firing");
    assertThat(attachment.get("actions").get(0).get("confirm").get("ok_text").asText())
        .isEqualTo("Yes");
    assertThat(attachment.get("color").asText()).isEqualTo("#123456");
    assertThat(attachment.get("mrkdwn_in").toString()).isEqualTo("[\"text\"]");
  }

  @Test
  void templateThatFails_isReplacedAndSaidSo() throws IOException {
    JsonNode attachment =
        sent("title: '{{ .Nope }}'\ntext: '{{ template \"x\" }}'", NotificationSamples.single())
            .get("attachments")
            .get(0);
    assertThat(attachment.get("title").asText()).startsWith("🔴 CRITICAL High error rate");
    assertThat(attachment.get("text").asText())
        .contains("*Checkout fails for customers")
        .contains("⚠️ The template of slack title failed")
        .contains("⚠️ The template of slack text failed");
  }

  @Test
  void answers_onlyOkCounts() {
    receiver
        .answer(200, "{\"ok\":false,\"error\":\"channel_not_found\"}")
        .answer(200, "{\"ok\":false,\"error\":\"ratelimited\"}")
        .answer(200, "no_text")
        .answer(200, "")
        .answer(200, "{\"ok\":true,\"ts\":\"1\"}")
        .answer(429, "", "Retry-After", "30")
        .answer(404, "no_service")
        .answer(500, "");
    var config = config("");
    var n = NotificationSamples.single();
    assertThat(send(config, n)).isInstanceOf(NotifyResult.Rejected.class);
    assertThat(send(config, n)).isInstanceOf(NotifyResult.Retryable.class);
    assertThat(send(config, n))
        .isEqualTo(new NotifyResult.Rejected("Slack refused the message: no_text"));
    assertThat(send(config, n))
        .isEqualTo(new NotifyResult.Rejected("Slack's answer was empty, expected ok"));
    assertThat(send(config, n)).isEqualTo(new NotifyResult.Sent("ok"));
    assertThat(send(config, n))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            r -> assertThat(r.retryAfter()).isEqualTo(Optional.of(Duration.ofSeconds(30))));
    assertThat(send(config, n).toString()).contains("404: no_service").doesNotContain("SECRET");
    assertThat(send(config, n)).isInstanceOf(NotifyResult.Retryable.class);
  }

  @Test
  void manyAlerts_areCut() throws IOException {
    String text =
        sent("", NotificationSamples.possibleDuplicate(NotificationSamples.many(40)))
            .get("attachments")
            .get(0)
            .get("text")
            .asText();
    assertThat(text).contains("+35 more").contains("Possibly a duplicate").hasSizeLessThan(3000);
  }

  @Test
  void hugeUserText_isCut() throws IOException {
    String text =
        sent("text: '{{ range 60000 }}x{{ end }}'", NotificationSamples.single())
            .get("attachments")
            .get(0)
            .get("text")
            .asText();
    assertThat(text).hasSize(40_000).endsWith("…");
  }

  @Test
  void app_postsWithItsToken_andOnlyOkCounts() throws IOException {
    receiver.answer(200, "{\"ok\":true,\"channel\":\"C1\",\"ts\":\"1.2\"}");
    assertThat(app().notify(NotificationSamples.firing(), Sending.DEADLINE))
        .isEqualTo(new NotifyResult.Sent("ok"));
    assertThat(receiver.last().path()).isEqualTo("/api/chat.postMessage");
    assertThat(receiver.last().header("Authorization")).isEqualTo("Bearer xoxb-SECRET");
    assertThat(Sending.json(receiver.last().body()).path("channel").asText()).isEqualTo("#alerts");
    receiver.answer(200, "{\"ok\":false,\"error\":\"not_in_channel\"}");
    assertThat(app().notify(NotificationSamples.firing(), Sending.DEADLINE))
        .isInstanceOf(NotifyResult.Rejected.class);
  }

  private io.pharos.alerting.pipeline.Notifier app() {
    return Sending.alertmanager(
            "slack",
            SlackConfig.class,
            "app_token: xoxb-SECRET\nchannel: '#alerts'\napp_url: '"
                + receiver.url("/api/chat.postMessage")
                + "'")
        .notifier(Sending.tools());
  }
}
