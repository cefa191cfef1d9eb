package io.pharos.alerting.channel.pagerduty;

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

class PagerDutyChannelTest {

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
    return Sending.alertmanager("pagerduty", PagerDutyConfig.class, lines)
        .notifier(Sending.tools(), receiver.url("/v1"))
        .notify(notification, Sending.DEADLINE);
  }

  private String url() {
    return "url: '" + receiver.url("/v2") + "'\n";
  }

  private JsonNode sent(String lines, Notification notification) throws IOException {
    receiver.answer(202, "{\"status\":\"success\",\"message\":\"Event processed\"}");
    assertThat(send(lines, notification)).isInstanceOf(NotifyResult.Sent.class);
    return Sending.json(receiver.last().body());
  }

  @Test
  void builtInEvents_matchTheGoldenFiles() throws IOException {
    String lines = "routing_key: k\n" + url();
    Golden.assertMatches(
        "pagerduty-firing.json", Sending.pretty(sent(lines, NotificationSamples.firing())));
    Golden.assertMatches(
        "pagerduty-resolved.json", Sending.pretty(sent(lines, NotificationSamples.resolved())));
  }

  @Test
  void triggerAndResolve_shareTheKey() throws IOException {
    JsonNode trigger = sent("routing_key: k\n" + url(), NotificationSamples.firing());
    JsonNode resolve = sent("routing_key: k\n" + url(), NotificationSamples.resolved());
    assertThat(trigger.get("event_action").asText()).isEqualTo("trigger");
    assertThat(resolve.get("event_action").asText()).isEqualTo("resolve");
    assertThat(trigger.get("dedup_key")).isEqualTo(resolve.get("dedup_key"));
    assertThat(trigger.get("dedup_key").asText()).hasSize(64);
  }

  @Test
  void ownTexts_areTemplatesAndNothingIsAdded() throws IOException {
    JsonNode event =
        sent(
            """
            routing_key: '{{ .CommonLabels.service }}-key'
            description: 'd {{ .Status }}'
            details: {n: '{{ len .Alerts }}', firing: f}
            severity: '{{ .CommonLabels.nothing }}'
            class: c
            images: [{src: 'http://i', alt: a, href: h}, {alt: none}]
            links: [{href: 'http://l/{{ .Status }}', text: L}, {text: none}]
            """
                + url(),
            NotificationSamples.single());
    assertThat(event.get("routing_key").asText()).isEqualTo("checkout-key");
    JsonNode payload = event.get("payload");
    assertThat(payload.get("summary").asText()).isEqualTo("d firing");
    assertThat(payload.get("severity").asText()).isEqualTo("error");
    assertThat(payload.get("class").asText()).isEqualTo("c");
    assertThat(payload.has("group")).isFalse();
    assertThat(payload.get("custom_details").toString())
        .isEqualTo(
            "{\"firing\":\"f\",\"n\":\"1\",\"num_firing\":\"1\",\"num_resolved\":\"0\",\"resolved\":\"\"}");
    assertThat(event.get("images").toString())
        .isEqualTo("[{\"src\":\"http://i\",\"alt\":\"a\",\"href\":\"h\"}]");
    assertThat(event.get("links").toString())
        .isEqualTo("[{\"href\":\"http://l/firing\",\"text\":\"L\"}]");
  }

  @Test
  void serviceKey_speaksVersion1() throws IOException {
    JsonNode event = sent("service_key: s\ndetails: {a: b}", NotificationSamples.firing());
    assertThat(receiver.last().path()).isEqualTo("/v1");
    assertThat(event.get("service_key").asText()).isEqualTo("s");
    assertThat(event.get("incident_key").asText()).hasSize(64);
    assertThat(event.get("event_type").asText()).isEqualTo("trigger");
    assertThat(event.get("details").get("a").asText()).isEqualTo("b");
    assertThat(event.has("client")).isTrue();
    assertThat(sent("service_key: s", NotificationSamples.resolved()).has("client")).isFalse();
  }

  @Test
  void hugeDetails_areLeftOut_andTheSummaryIsCut() throws IOException {
    JsonNode event =
        sent(
            "routing_key: k\ndescription: '{{ range 2000 }}ä{{ end }}'\ndetails: {x: '{{ range 300000 }}yy{{ end }}'}\n"
                + url(),
            NotificationSamples.single());
    assertThat(event.get("payload").get("summary").asText()).hasSize(1024).endsWith("…");
    assertThat(event.get("payload").get("custom_details").get("error").asText()).contains("512 kB");
  }

  @Test
  void failedTemplates_areReplacedAndSaidSo() throws IOException {
    JsonNode payload =
        sent("routing_key: k\ndescription: '{{ .Nope }}'\n" + url(), NotificationSamples.single())
            .get("payload");
    assertThat(payload.get("summary").asText()).startsWith("🔴 CRITICAL High error rate");
    assertThat(payload.get("custom_details").get("warning").asText())
        .contains("template of pagerduty description failed");
  }

  @Test
  void answers_areClassedByVersion() {
    receiver
        .answer(429, "", "Retry-After", "7")
        .answer(403, "")
        .answer(400, "{\"status\":\"invalid event\",\"errors\":[\"x\"]}")
        .answer(500, "")
        .answer(403, "Rate limited")
        .answer(200, "{\"status\":\"invalid key\"}");
    var n = NotificationSamples.single();
    String two = "routing_key: SECRET\n" + url();
    assertThat(send(two, n))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            r -> assertThat(r.retryAfter()).isEqualTo(Optional.of(Duration.ofSeconds(7))));
    assertThat(send(two, n)).isInstanceOf(NotifyResult.Rejected.class);
    assertThat(send(two, n).toString()).contains("invalid event").doesNotContain("SECRET");
    assertThat(send(two, n)).isInstanceOf(NotifyResult.Retryable.class);
    assertThat(send("service_key: s", n)).isInstanceOf(NotifyResult.Retryable.class);
    assertThat(send(two, n)).isInstanceOf(NotifyResult.Rejected.class);
    assertThat(send("routing_key: '{{ .CommonLabels.no }}'\n" + url(), n))
        .isEqualTo(new NotifyResult.Rejected("the routing_key expands to an empty text"));
    assertThat(receiver.received()).hasSize(6);
  }
}
