package io.pharos.alerting.channel.feishu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.message.CardState;
import io.pharos.alerting.message.Golden;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.message.Phrase;
import io.pharos.alerting.pipeline.NotifyResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Messages by an app of Feishu. FeishuCardsTest has whole episodes.
class FeishuAppChannelTest {
  private static final String TOKEN =
      "{\"code\":0,\"msg\":\"ok\",\"tenant_access_token\":\"t-1\",\"expire\":7200}";
  private static final String OK =
      "{\"code\":0,\"msg\":\"success\",\"data\":{\"message_id\":\"om_1\"}}";

  private RecordingReceiver receiver;

  @BeforeEach
  void start() throws IOException {
    receiver = new RecordingReceiver();
  }

  @AfterEach
  void stop() {
    receiver.close();
  }

  private FeishuAppConfig config(String lines) {
    return Sending.pharos(
        "feishuapp",
        FeishuAppConfig.class,
        lines
            + "\napp_id: cli_1\napp_secret: SECRET\nchat_id: oc_1\napi_url: '"
            + receiver.url("/")
            + "'");
  }

  private JsonNode content() throws IOException {
    return Sending.json(Sending.json(receiver.last().body()).path("content").asText());
  }

  private CardChat.Posted post(CardState state, List<CardChat.Button> buttons) {
    CardChat chat = config("").cards(Sending.tools());
    MessageDraft draft = chat.draft(NotificationSamples.firing());
    return chat.post(new CardChat.Card(chat.body(draft), state, buttons), "d-1", Sending.DEADLINE);
  }

  @Test
  void card_hasItsStateAndButtonsAboveItsText() throws IOException {
    receiver.answer(200, TOKEN).answer(200, OK);
    assertThat(
            post(
                new CardState("lead", 0, null, null, 4, 2, 3, 5, false),
                List.of(new CardChat.Button(Phrase.RELEASE, "R.data"))))
        .isEqualTo(new CardChat.Posted.Done("om_1", "message om_1"));
    Golden.assertMatches(
        "feishu-card.json", Sending.pretty(Sending.json("{\"card\":" + content() + "}")));
    assertThat(content().at("/config/update_multi").asBoolean()).isTrue();
  }

  @Test
  void messageOfAReceiverWithoutCards_isTheCardOfTheGroupBot() throws IOException {
    receiver.answer(200, TOKEN).answer(200, OK);
    assertThat(
            config("at_user_ids: [ou_1]")
                .notifier(Sending.tools())
                .notify(NotificationSamples.firing(), Sending.DEADLINE))
        .isEqualTo(new NotifyResult.Sent("code 0"));
    Golden.assertMatches(
        "feishu-firing.json",
        Sending.pretty(Sending.json("{\"msg_type\":\"interactive\",\"card\":" + content() + "}")));
    JsonNode sent = Sending.json(receiver.last().body());
    assertThat(sent.path("receive_id").asText()).isEqualTo("oc_1");
    assertThat(sent.path("uuid").asText()).hasSizeBetween(10, 50);
    assertThat(receiver.last().headers().get("Authorization")).containsExactly("Bearer t-1");
  }

  @Test
  void longCard_losesItsEnd_butNeitherStateNorButtonsNorFooter() throws IOException {
    receiver.answer(200, TOKEN).answer(200, OK);
    CardChat chat = config("text: '" + "长".repeat(4900) + "'").cards(Sending.tools());
    String body = chat.body(chat.draft(NotificationSamples.firing()));
    String element = "{\"tag\":\"div\",\"text\":{\"tag\":\"lark_md\",\"content\":\"%s\"}},";
    String longer =
        body.replaceFirst(
            "\"elements\":\\[", "\"elements\":[" + element.formatted("x".repeat(20_000)));
    chat.post(
        new CardChat.Card(
            longer,
            new CardState("lead", 0, null, null, 4, 2, 3, 5, false),
            List.of(new CardChat.Button(Phrase.RELEASE, "R.data"))),
        "d-1",
        Sending.DEADLINE);
    assertThat(content().toString().getBytes(StandardCharsets.UTF_8).length).isLessThan(28_001);
    assertThat(content().toString()).contains("lead has it", "R.data", "xxx").doesNotContain("长");
    assertThat(content().path("elements").get(content().path("elements").size() - 1).toString())
        .contains("\"note\"");
  }

  @Test
  void wrongSecret_isRefusedInWords() {
    receiver.answer(200, "{\"code\":10014,\"msg\":\"app secret invalid\"}");
    assertThat(post(CardState.unknown(3), List.of()))
        .isEqualTo(
            new CardChat.Posted.Failed(
                new NotifyResult.Rejected("Feishu answered code 10014: app secret invalid")));
    assertThat(receiver.received()).hasSize(1);
  }

  @Test
  void tokenThatIsRefusedTwice_isNoLoop() {
    String refused = "{\"code\":99991663,\"msg\":\"Invalid access token\"}";
    receiver.answer(200, TOKEN).answer(400, refused).answer(200, TOKEN).answer(400, refused);
    assertThat(post(CardState.unknown(3), List.of()))
        .isEqualTo(
            new CardChat.Posted.Failed(
                new NotifyResult.Rejected("Feishu answered code 99991663: Invalid access token")));
    assertThat(receiver.received()).hasSize(4);
  }
}
