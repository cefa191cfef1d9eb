package io.pharos.alerting.channel.wecom;

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

class WeComChannelTest {
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

  private Notifier notifier(String lines) {
    return Sending.pharos(
            "wecom",
            WeComConfig.class,
            lines + "\nwebhook_url: '" + receiver.url("/cgi-bin/webhook/send?key=SECRET") + "'")
        .notifier(Sending.tools());
  }

  private JsonNode sent(String lines, Notification notification) throws IOException {
    receiver.answer(200, OK);
    assertThat(notifier(lines).notify(notification, Sending.DEADLINE))
        .isEqualTo(new NotifyResult.Sent("errcode 0"));
    return Sending.json(receiver.last().body());
  }

  @Test
  void builtInMessages_matchTheGoldenFiles() throws IOException {
    Golden.assertMatches(
        "wecom-firing.json",
        Sending.pretty(sent("at_user_ids: [li]", NotificationSamples.firing())));
    Golden.assertMatches(
        "wecom-resolved.json", Sending.pretty(sent("", NotificationSamples.resolved())));
  }

  @Test
  void mobilesOrEveryone_areMentionedInPlainText_whileFiring() throws IOException {
    JsonNode json =
        sent(
            "at_mobiles: ['13800000000']\nat_user_ids: [li]\nat_all: true",
            NotificationSamples.firing());
    assertThat(json.get("msgtype").asText()).isEqualTo("text");
    assertThat(json.get("text").get("mentioned_list").toString()).isEqualTo("[\"li\",\"@all\"]");
    assertThat(json.get("text").get("mentioned_mobile_list").toString())
        .isEqualTo("[\"13800000000\"]");
    assertThat(json.get("text").get("content").asText())
        .startsWith("🔴 CRITICAL High error rate – checkout")
        .contains("7.2 %", "Runbook: https://");
    assertThat(sent("at_all: true", NotificationSamples.resolved()).get("msgtype").asText())
        .isEqualTo("markdown");
  }

  @Test
  void markdown_staysWithin4096Bytes_andKeepsTheMention() throws IOException {
    String content =
        sent("text: '{{ range 5000 }}警{{ end }}'\nat_user_ids: [li]", NotificationSamples.single())
            .get("markdown")
            .get("content")
            .asText();
    assertThat(content.getBytes("UTF-8")).hasSizeBetween(4080, 4096);
    assertThat(content).endsWith("警…\n<@li>");
    assertThat(
            sent("text: '{{ .Nope }}'", NotificationSamples.many(200))
                .get("markdown")
                .get("content")
                .asText())
        .contains("Checkout fails", "template of wecom text failed");
  }

  @Test
  void answers_onlyErrcode0Counts() {
    receiver
        .answer(200, "{\"errcode\":93000,\"errmsg\":\"invalid webhook url\"}")
        .answer(200, "{\"errcode\":45009,\"errmsg\":\"api freq out of limit\"}");
    var n = NotificationSamples.single();
    assertThat(notifier("").notify(n, Sending.DEADLINE).toString())
        .contains("Rejected", "93000")
        .doesNotContain("SECRET");
    assertThat(notifier("").notify(n, Sending.DEADLINE))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            r -> assertThat(r.retryAfter()).isEqualTo(Optional.of(Duration.ofMinutes(1))));
  }
}
