package io.pharos.alerting.channel.ntfy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.message.Golden;
import io.pharos.alerting.message.Language;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NtfyChannelTest {
  private static final String OK =
      "{\"id\":\"hwQ2YpKdmg\",\"time\":1635528741,\"event\":\"message\"}";

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
            "ntfy",
            NtfyConfig.class,
            "topic: SECRET\n" + lines + "\nurl: '" + receiver.url("/") + "'")
        .notifier(Sending.tools());
  }

  private JsonNode sent(String lines, Notification notification) throws IOException {
    receiver.answer(200, OK);
    assertThat(notifier(lines).notify(notification, Sending.DEADLINE))
        .isEqualTo(new NotifyResult.Sent("message hwQ2YpKdmg"));
    return Sending.json(receiver.last().body());
  }

  @Test
  void builtInMessages_matchTheGoldenFiles() throws IOException {
    Golden.assertMatches(
        "ntfy-firing.json", Sending.pretty(sent("", NotificationSamples.firing())));
    Golden.assertMatches(
        "ntfy-resolved.json", Sending.pretty(sent("", NotificationSamples.resolved())));
  }

  @Test
  void message_of200Alerts_hasAtMost4096BytesAndThreeActions() throws IOException {
    JsonNode json = sent("message: '{{ range 5000 }}警{{ end }}'", NotificationSamples.single());
    assertThat(json.path("message").asText().getBytes("UTF-8")).hasSizeBetween(4080, 4096);
    JsonNode many = sent("", NotificationSamples.many(200));
    assertThat(many.path("message").asText().getBytes("UTF-8")).hasSizeLessThanOrEqualTo(4096);
    assertThat(many.path("actions").size()).isBetween(1, 3);
  }

  @Test
  void acknowledge_isAButtonThatSubmitsTheFormOfTheLink() throws IOException {
    var signer =
        new MessageComposer.LinkSigner() {
          @Override
          public String sign(List<String> matchers, Instant decidedAt, String deliveryId) {
            return "";
          }

          @Override
          public String acknowledge(String groupHash, Instant decidedAt, String deliveryId) {
            return "&expires=1&delivery=" + deliveryId + "&signature=s";
          }
        };
    var composer =
        new MessageComposer(ZoneOffset.UTC, Language.ENGLISH, signer, "", AlertCourse.Source.NONE);
    receiver.answer(200, OK);
    Sending.pharos("ntfy", NtfyConfig.class, "topic: t\nurl: '" + receiver.url("/") + "'")
        .notifier(Sending.tools(MessageTemplates.standard(), composer))
        .notify(NotificationSamples.firing(), Sending.DEADLINE);
    JsonNode button = Sending.json(receiver.last().body()).path("actions").path(1);
    assertThat(button.path("action").asText()).isEqualTo("http");
    assertThat(button.path("url").asText()).isEqualTo("https://pharos.example.org/acknowledge");
    assertThat(button.path("body").asText())
        .matches("group=[0-9a-f]{64}&expires=1&delivery=d-0001&signature=s&by=ntfy");
  }

  @Test
  void template_fails_builtInTextSaysSo() throws IOException {
    assertThat(
            sent("message: '{{ .Nope }}'", NotificationSamples.single()).path("message").asText())
        .contains("template of ntfy message failed");
  }

  @Test
  void answers_onlyOneWithAnIdCounts() {
    receiver
        .answer(200, "<html>hello</html>")
        .answer(429, "{\"code\":42901,\"http\":429,\"error\":\"limit reached\"}")
        .answer(403, "{\"code\":40301,\"http\":403,\"error\":\"forbidden\"}");
    Notification one = NotificationSamples.single();
    assertThat(notifier("").notify(one, Sending.DEADLINE).toString())
        .contains("Rejected", "without the id")
        .doesNotContain("SECRET");
    assertThat(notifier("").notify(one, Sending.DEADLINE))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            it -> assertThat(it.retryAfter()).isEqualTo(Optional.<Duration>empty()));
    assertThat(notifier("").notify(one, Sending.DEADLINE))
        .isInstanceOf(NotifyResult.Rejected.class);
  }

  @Test
  void token_ofHttpConfig_isSent() throws IOException {
    sent("http_config: {authorization: {credentials: tk_1}}", NotificationSamples.single());
    assertThat(receiver.last().header("Authorization")).isEqualTo("Bearer tk_1");
  }

  @Test
  void topic_missing_isRefused() {
    assertThatThrownBy(() -> Sending.pharos("ntfy", NtfyConfig.class, "title: x"))
        .hasMessageContaining("one of topic or topic_file must be given");
  }
}
