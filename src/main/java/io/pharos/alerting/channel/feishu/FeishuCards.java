package io.pharos.alerting.channel.feishu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.model.Sha256;
import io.pharos.model.SharedMapper;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/// Cards of an app in a group of Feishu: `im/v1/messages`, edits by `PATCH`, replies in the card's
/// topic (open.feishu.cn/document/server-docs/im-v1). Feishu accepts one message with a `uuid` in
/// an hour, so a post that is repeated because its answer was lost appears once.
record FeishuCards(FeishuAppConfig config, ChannelTools tools, HttpPoster poster, FeishuApp app)
    implements CardChat {
  /* Recalled, older than 14 days, deleted. */
  private static final Set<Long> GONE = Set.of(230011L, 230031L, 230110L);

  private static final String MESSAGES = "/open-apis/im/v1/messages";

  /* Feishu accepts 30 KB. */
  private static final int MAX_CARD = 28_000;

  private static final TextLimit REPLY = TextLimit.characters(4000);
  private static final int UUID = 40;

  @Override
  public String chat() {
    return config.chatId();
  }

  @Override
  public String body(MessageDraft draft) {
    if (!(SharedMapper.read(plainCard(draft)) instanceof ObjectNode card)) {
      throw new IllegalStateException("a card is no JSON object");
    }
    String acknowledging = draft.message().acknowledgingUrl();
    for (JsonNode element : card.path("elements")) {
      if (element.path("actions") instanceof ArrayNode actions) {
        for (int i = actions.size() - 1; i >= 0; i--) {
          if (actions.get(i).path("url").asText().equals(acknowledging)) {
            actions.remove(i);
          }
        }
      }
    }
    return card.toString();
  }

  /// Returns the card of a message that is not edited.
  String plainCard(MessageDraft draft) {
    return GoJson.write(new FeishuMessage(config.texts(), draft).card());
  }

  @Override
  public Posted post(Card card, String deliveryId, Instant deadline) {
    try {
      return posted(send(receiver(deliveryId, deadline), rendered(card), deliveryId));
    } catch (IOException e) {
      return new Posted.Failed(NotifyResult.Retryable.unreadable(e));
    }
  }

  /// Sends a card to the group.
  Outcome send(ChannelTools.Receiver receiver, String card, String deliveryId) throws IOException {
    return app.call(
        receiver,
        HttpCall.post(
            app.apiUrl() + MESSAGES + "?receive_id_type=chat_id",
            GoJson.write(
                Json.object()
                    .with("receive_id", config.chatId())
                    .with("msg_type", "interactive")
                    .with("content", card)
                    .with("uuid", uuid(deliveryId)))));
  }

  private static String uuid(String deliveryId) {
    return Sha256.hex(deliveryId).substring(0, UUID);
  }

  private ChannelTools.Receiver receiver(String deliveryId, Instant deadline) {
    return call -> poster.call(call, deliveryId, Duration.ZERO, deadline);
  }

  /* New alerts are a reply that the group sees; the rest is in the card's topic. */
  @Override
  public Posted reply(String message, MessageDraft draft, Instant deadline) {
    Notification notification = draft.notification();
    String text = REPLY.fitting(MessageText.news(draft.message())).replace("<", "＜");
    Json payload =
        Json.object()
            .with("msg_type", "text")
            .with("content", GoJson.write(Map.of("text", text)))
            .with("reply_in_thread", notification.reason() != Notification.Reason.NEW_ALERTS)
            .with("uuid", uuid(notification.deliveryId()));
    try {
      return posted(
          app.call(
              receiver(notification.deliveryId(), deadline),
              HttpCall.post(
                  app.apiUrl() + MESSAGES + "/" + message + "/reply", GoJson.write(payload))));
    } catch (IOException e) {
      return new Posted.Failed(NotifyResult.Retryable.unreadable(e));
    }
  }

  private static Posted posted(Outcome outcome) {
    return switch (FeishuApp.judge(outcome)) {
      case NotifyResult.Sent(String answer) -> {
        // The id becomes part of addresses. A message without one can't be edited, but was sent.
        String id =
            JsonAnswer.of(FeishuApp.body(outcome))
                .text("data/message_id")
                .filter(it -> it.matches("\\w{1,100}"))
                .orElse("");
        yield new Posted.Done(id, id.isEmpty() ? answer : "message " + id);
      }
      case NotifyResult failed -> new Posted.Failed(failed);
    };
  }

  @Override
  public Edited edit(String message, Card card, Instant deadline) {
    try {
      Outcome outcome =
          app.call(
              receiver("", deadline),
              HttpCall.patch(
                  app.apiUrl() + MESSAGES + "/" + message,
                  GoJson.write(Map.of("content", rendered(card)))));
      NotifyResult result = FeishuApp.judge(outcome);
      if (GONE.contains(FeishuApp.code(outcome).orElse(0))) {
        return new Edited.Gone(result.text());
      }
      return result instanceof NotifyResult.Sent ? new Edited.Done() : new Edited.Failed(result);
    } catch (IOException e) {
      return new Edited.Failed(NotifyResult.Retryable.unreadable(e));
    }
  }

  private String rendered(Card card) {
    if (!(SharedMapper.read(card.body()) instanceof ObjectNode json)
        || !(json.path("config") instanceof ObjectNode settings)
        || !(json.path("elements") instanceof ArrayNode elements)) {
      throw new IllegalArgumentException("a card's body is no card");
    }
    settings.put("update_multi", true); // only shared cards can be edited
    String state = String.join("\n", card.state().lines(times()));
    ArrayNode shown = SharedMapper.JSON.createArrayNode();
    if (!state.isEmpty()) {
      shown.add(tree(Json.object().with("tag", "div").with("text", FeishuMessage.plain(state))));
    }
    if (!card.buttons().isEmpty()) {
      shown.add(
          tree(
              Json.object()
                  .with("tag", "action")
                  .with("actions", card.buttons().stream().map(this::button).toList())));
    }
    int kept = shown.size() + 1; // state and buttons, and the first element of the text
    shown.addAll(elements);
    json.set("elements", shown);
    // The footer is the last element.
    while (json.toString().getBytes(StandardCharsets.UTF_8).length > MAX_CARD
        && shown.size() > kept + 1) {
      shown.remove(shown.size() - 2);
    }
    return json.toString();
  }

  private Json button(Button button) {
    return Json.object()
        .with("tag", "button")
        .with("text", FeishuMessage.plain(button.label().in(times().language())))
        .with("type", "primary")
        .with("value", Map.of(FeishuSocket.BUTTON, button.data()));
  }

  private static JsonNode tree(Json json) {
    return SharedMapper.read(GoJson.write(json));
  }
}
