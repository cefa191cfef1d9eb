package io.pharos.alerting.channel.gotify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.message.Golden;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GotifyChannelTest {
  private static final String OK = "{\"id\":25,\"appid\":5,\"message\":\"m\",\"priority\":10}";

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
            "gotify",
            GotifyConfig.class,
            "token: SECRET\n" + lines + "\nurl: '" + receiver.url("/push/") + "'")
        .notifier(Sending.tools());
  }

  private JsonNode sent(String lines, Notification notification) throws IOException {
    receiver.answer(200, OK);
    assertThat(notifier(lines).notify(notification, Sending.DEADLINE))
        .isEqualTo(new NotifyResult.Sent("message 25"));
    return Sending.json(receiver.last().body());
  }

  @Test
  void builtInMessages_matchTheGoldenFiles() throws IOException {
    Golden.assertMatches(
        "gotify-firing.json", Sending.pretty(sent("", NotificationSamples.firing())));
    Golden.assertMatches(
        "gotify-resolved.json", Sending.pretty(sent("", NotificationSamples.resolved())));
  }

  @Test
  void request_goesBelowTheServersAddress_withTheTokenAsAHeader() throws IOException {
    sent("", NotificationSamples.single());
    assertThat(receiver.last().path()).isEqualTo("/push/message");
    assertThat(receiver.last().header("X-gotify-key")).isEqualTo("SECRET");
  }

  @Test
  void template_fails_builtInTextSaysSo() throws IOException {
    assertThat(
            sent("message: '{{ .Nope }}'", NotificationSamples.single()).path("message").asText())
        .contains("template of gotify message failed");
  }

  @Test
  void answers_onlyOneWithAnIdCounts() {
    receiver.answer(200, "<html>SECRET</html>").answer(401, "{\"error\":\"Unauthorized\"}");
    Notification one = NotificationSamples.single();
    assertThat(notifier("").notify(one, Sending.DEADLINE).toString())
        .contains("Rejected", "without the id");
    assertThat(notifier("").notify(one, Sending.DEADLINE))
        .isInstanceOf(NotifyResult.Rejected.class);
  }

  @Test
  void token_missing_isRefused() {
    assertThatThrownBy(() -> Sending.pharos("gotify", GotifyConfig.class, "url: 'http://g'"))
        .hasMessageContaining("one of token or token_file must be given");
  }
}
