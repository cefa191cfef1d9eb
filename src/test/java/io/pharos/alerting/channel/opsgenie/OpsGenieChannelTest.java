package io.pharos.alerting.channel.opsgenie;

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

class OpsGenieChannelTest {
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
            "opsgenie",
            OpsGenieConfig.class,
            lines + "\napi_key: SECRET\napi_url: '" + receiver.url("/base") + "'")
        .notifier(Sending.tools())
        .notify(notification, Sending.DEADLINE);
  }

  private JsonNode sent(String lines, Notification notification) throws IOException {
    receiver.answer(202, "{\"result\":\"Request will be processed\"}");
    assertThat(send(lines, notification)).isInstanceOf(NotifyResult.Sent.class);
    return Sending.json(receiver.last().body());
  }

  @Test
  void builtInAlert_matchesTheGoldenFile() throws IOException {
    Golden.assertMatches(
        "opsgenie-firing.json", Sending.pretty(sent("priority: P1", NotificationSamples.firing())));
    assertThat(receiver.last().path()).isEqualTo("/base/v2/alerts");
    assertThat(receiver.last().header("Authorization")).isEqualTo("GenieKey SECRET");
  }

  @Test
  void resolved_closesByAlias() throws IOException {
    String alias = sent("", NotificationSamples.firing()).get("alias").asText();
    JsonNode close = sent("source: s", NotificationSamples.resolved());
    assertThat(receiver.last().path())
        .isEqualTo("/base/v2/alerts/" + alias + "/close?identifierType=alias");
    assertThat(close.toString()).isEqualTo("{\"source\":\"s\"}");
  }

  @Test
  void ownTexts_areTemplates_respondersAreSplitAndEmptyOnesLeftOut() throws IOException {
    JsonNode alert =
        sent(
            """
            message: '{{ range 200 }}m{{ end }}'
            description: d
            details: {service: own, x: '{{ .Status }}'}
            responders:
            - {name: 'a,b,,', type: teams}
            - {id: i, type: user}
            - {name: '{{ .CommonLabels.none }}', type: '{{ .CommonLabels.none }}'}
            tags: 't1, t2,,'
            actions: go
            entity: e
            note: n
            """,
            NotificationSamples.single());
    assertThat(alert.get("message").asText()).hasSize(130).endsWith("…");
    assertThat(alert.get("description").asText()).isEqualTo("d");
    assertThat(alert.get("details").get("service").asText()).isEqualTo("own");
    assertThat(alert.get("details").get("severity").asText()).isEqualTo("critical");
    assertThat(alert.get("responders").toString())
        .isEqualTo(
            "[{\"name\":\"a\",\"type\":\"team\"},{\"name\":\"b\",\"type\":\"team\"},{\"id\":\"i\",\"type\":\"user\"}]");
    assertThat(alert.get("tags").toString()).isEqualTo("[\"t1\",\" t2\"]");
    assertThat(alert.get("actions").toString()).isEqualTo("[\"go\"]");
  }

  @Test
  void updateAlerts_writesMessageAndDescriptionAnew() throws IOException {
    receiver.answer(202, "{}").answer(200, "{}");
    sent("update_alerts: true\nmessage: m\ndescription: d", NotificationSamples.firing());
    assertThat(receiver.received())
        .extracting(RecordingReceiver.Received::body)
        .endsWith("{\"message\":\"m\"}", "{\"description\":\"d\"}");
    assertThat(receiver.received().get(1).path()).endsWith("/message?identifierType=alias");
    assertThat(receiver.last().path()).endsWith("/description?identifierType=alias");
  }

  @Test
  void answers_stopTheRequestsThatFollow() {
    receiver.answer(202, "{}").answer(429, "", "Retry-After", "3").answer(422, "SECRET?");
    var n = NotificationSamples.single();
    assertThat(send("update_alerts: true", n))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            r -> assertThat(r.retryAfter()).isEqualTo(Optional.of(Duration.ofSeconds(3))));
    assertThat(receiver.received()).hasSize(2);
    assertThat(send("", n)).isInstanceOf(NotifyResult.Rejected.class);
  }
}
