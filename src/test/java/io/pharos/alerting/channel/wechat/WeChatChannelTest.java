package io.pharos.alerting.channel.wechat;

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

class WeChatChannelTest {
  private static final String TOKEN =
      "{\"errcode\":0,\"access_token\":\"tok+1\",\"expires_in\":7200}";
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
    return Sending.alertmanager(
            "wechat",
            WeChatConfig.class,
            lines
                + "\napi_secret: SEC/RET\ncorp_id: corp\napi_url: '"
                + receiver.url("/cgi-bin")
                + "'")
        .notifier(Sending.tools());
  }

  private NotifyResult send(Notifier notifier, Notification notification) {
    return notifier.notify(notification, Sending.DEADLINE);
  }

  private JsonNode sent(String lines, Notification notification) throws IOException {
    receiver.answer(200, TOKEN).answer(200, OK);
    assertThat(send(notifier(lines), notification)).isEqualTo(new NotifyResult.Sent("errcode 0"));
    return Sending.json(receiver.last().body());
  }

  @Test
  void builtInMessages_matchTheGoldenFiles() throws IOException {
    Golden.assertMatches(
        "wechat-firing.json",
        Sending.pretty(sent("to_user: '@all'\nagent_id: 7", NotificationSamples.firing())));
    Golden.assertMatches(
        "wechat-markdown-firing.json",
        Sending.pretty(sent("message_type: markdown", NotificationSamples.firing())));
  }

  @Test
  void token_isFetchedOnceAndAgainWhenItIsRefused() {
    receiver.answer(200, TOKEN).answer(200, OK).answer(200, OK);
    Notifier notifier = notifier("message: m");
    var n = NotificationSamples.single();
    assertThat(send(notifier, n)).isInstanceOf(NotifyResult.Sent.class);
    assertThat(send(notifier, n)).isInstanceOf(NotifyResult.Sent.class);
    assertThat(receiver.received())
        .extracting(RecordingReceiver.Received::path)
        .containsExactly(
            "/cgi-bin/gettoken?corpid=corp&corpsecret=SEC%2FRET",
            "/cgi-bin/message/send?access_token=tok%2B1",
            "/cgi-bin/message/send?access_token=tok%2B1");
    receiver
        .answer(200, "{\"errcode\":42001,\"errmsg\":\"access_token expired\"}")
        .answer(200, "{\"errcode\":0,\"access_token\":\"two\"}")
        .answer(200, OK);
    assertThat(send(notifier, n)).isInstanceOf(NotifyResult.Sent.class);
    assertThat(receiver.last().path()).endsWith("access_token=two");
    String expired = "{\"errcode\":42001,\"errmsg\":\"access_token expired\"}";
    receiver.answer(200, expired).answer(200, TOKEN).answer(200, expired);
    assertThat(send(notifier, n)).isInstanceOf(NotifyResult.Retryable.class);
  }

  @Test
  void answers_onlyErrcode0Counts() {
    var n = NotificationSamples.single();
    receiver.answer(200, "{\"errcode\":40001,\"errmsg\":\"invalid credential\"}");
    assertThat(send(notifier("message: m"), n).toString())
        .contains("Rejected", "40001", "invalid credential")
        .doesNotContain("SEC");
    receiver
        .answer(200, TOKEN)
        .answer(200, "{\"errcode\":45009,\"errmsg\":\"api freq out of limit\"}")
        .answer(200, "{\"errcode\":81013,\"errmsg\":\"user & party & tag all invalid\"}")
        .answer(200, "{\"errcode\":0,\"errmsg\":\"ok\",\"invaliduser\":\"bob\"}")
        .answer(200, "<html>");
    Notifier notifier = notifier("message: m");
    assertThat(send(notifier, n))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            r -> assertThat(r.retryAfter()).isEqualTo(Optional.of(Duration.ofMinutes(1))));
    assertThat(send(notifier, n)).isInstanceOf(NotifyResult.Rejected.class);
    assertThat(send(notifier, n))
        .isEqualTo(
            new NotifyResult.Sent(
                "WeChat answered errcode 0, but did not deliver the message to: bob"));
    assertThat(send(notifier, n)).isInstanceOf(NotifyResult.Rejected.class);
  }

  @Test
  void longText_isCutToWhatWeChatTakes() throws IOException {
    JsonNode json = sent("message: '{{ range 2000 }}警{{ end }}'", NotificationSamples.single());
    assertThat(json.get("text").get("content").asText().getBytes("UTF-8"))
        .hasSizeBetween(2040, 2048);
    assertThat(json.get("text").get("content").asText()).endsWith("警…");
    assertThat(json.get("safe").asText()).isEqualTo("0");
  }
}
