package io.pharos.alerting.channel.pushover;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.message.EnglishWords;
import io.pharos.alerting.message.Golden;
import io.pharos.alerting.message.Language;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PushoverChannelTest {
  private static final String OK = "{\"status\":1,\"request\":\"r-1\"}";

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
    return send(lines, notification, MessageComposer.english());
  }

  private NotifyResult send(String lines, Notification notification, MessageComposer composer) {
    return Sending.alertmanager(
            "pushover", PushoverConfig.class, lines + "\ntoken: SECRET\nuser_key: HIDDEN")
        .notifier(
            Sending.tools(MessageTemplates.standard(), composer), receiver.url("/1/messages.json"))
        .notify(notification, Sending.DEADLINE);
  }

  private Map<String, String> sent(String lines, Notification notification) {
    receiver.answer(200, OK);
    assertThat(send(lines, notification)).isEqualTo(new NotifyResult.Sent("request r-1"));
    assertThat(receiver.last().path()).isEqualTo("/1/messages.json");
    var form = new TreeMap<String, String>();
    for (String pair : receiver.last().body().split("&")) {
      String[] parts = pair.split("=", 2);
      form.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return form;
  }

  @Test
  void messageInChinese_hasNoEnglish() {
    var notification = NotificationSamples.inChinese(NotificationSamples.single());
    receiver.answer(200, OK);
    send("", notification, new MessageComposer(ZoneId.of("Asia/Shanghai"), Language.CHINESE));
    String body = URLDecoder.decode(receiver.last().body(), StandardCharsets.UTF_8);
    assertThat(body).contains("结账错误率过高", "url_title=事件");
    assertThat(EnglishWords.in(body, notification.commonLabels().toMap().values())).isEmpty();
  }

  @Test
  void builtInMessages_matchTheGoldenFiles() throws IOException {
    Golden.assertMatches("pushover-firing.json", pretty(sent("", NotificationSamples.firing())));
    Golden.assertMatches(
        "pushover-resolved.json", pretty(sent("", NotificationSamples.resolved())));
  }

  private static String pretty(Map<String, String> form) throws IOException {
    JsonNode json = Sending.json(GoJson.write(form));
    return Sending.pretty(json);
  }

  @Test
  void ownTexts_sayEverythingAndAreCut() {
    Map<String, String> form =
        sent(
            """
            title: '{{ range 300 }}t{{ end }}'
            message: '{{ range 2000 }}m{{ end }}'
            url: 'http://x/{{ range 600 }}u{{ end }}'
            url_title: U
            priority: '1'
            retry: 1m30s
            expire: 2h
            ttl: 90s
            device: d
            sound: s
            monospace: true
            """,
            NotificationSamples.single());
    assertThat(form.get("title")).hasSize(250);
    assertThat(form.get("message")).hasSize(1024);
    assertThat(form.get("url")).hasSize(512);
    assertThat(form)
        .containsEntry("url_title", "U")
        .containsEntry("priority", "1")
        .containsEntry("retry", "90")
        .containsEntry("expire", "7200")
        .containsEntry("ttl", "90")
        .containsEntry("device", "d")
        .containsEntry("sound", "s")
        .containsEntry("monospace", "1")
        .doesNotContainKey("html");
  }

  @Test
  void htmlMode_escapesLabels_andAnEmptyTextIsReplaced() {
    assertThat(sent("html: true\nmessage: '<b>{{ \"<x>\" }}</b>'", NotificationSamples.single()))
        .containsEntry("html", "1")
        .containsEntry("message", "<b>&lt;x&gt;</b>");
    assertThat(sent("message: ' '", NotificationSamples.single()).get("message"))
        .contains("Checkout fails");
    assertThat(sent("message: '{{ .Nope }}'", NotificationSamples.single()).get("message"))
        .contains("Checkout fails", "template of pushover message failed");
  }

  @Test
  void answers_onlyStatus1Counts() {
    receiver
        .answer(200, "{\"status\":0,\"errors\":[\"user identifier is invalid\"]}")
        .answer(400, "{\"status\":0}")
        .answer(429, "", "Retry-After", "4");
    var n = NotificationSamples.single();
    assertThat(send("", n).toString())
        .contains("Rejected", "user identifier")
        .doesNotContain("SECRET", "HIDDEN");
    assertThat(send("", n)).isInstanceOf(NotifyResult.Rejected.class);
    assertThat(send("", n))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            r -> assertThat(r.retryAfter()).isEqualTo(Optional.of(Duration.ofSeconds(4))));
  }
}
