package io.pharos.alerting.channel.dingtalk;

import com.fasterxml.jackson.databind.JsonNode;
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
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.model.Sha256;
import io.pharos.model.SharedMapper;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Interactive cards of an app in a group of DingTalk: `card/instances/createAndDeliver`, edits by
/// `card/instances`. Cards are made from a template, into which title, markdown and buttons are
/// filled. There are no threads, so a reply is a message of the app's robot.
record DingTalkCards(
    DingTalkAppConfig config, ChannelTools tools, HttpPoster poster, DingTalkApp app)
    implements CardChat {
  private static final TextLimit REPLY = TextLimit.characters(4000);

  @Override
  public String chat() {
    return config.conversationId();
  }

  @Override
  public String body(MessageDraft draft) {
    return body(draft, draft.message().acknowledgingUrl());
  }

  /* The links are in the text, because the template's buttons are for clicks. */
  private static String body(MessageDraft draft, String withoutLink, DingTalkConfig robot) {
    JsonNode message =
        SharedMapper.read(GoJson.write(new DingTalkConfig.Payload(robot, draft).payload()));
    JsonNode text = message.path(message.path("msgtype").asText());
    var links = new ArrayList<String>();
    for (JsonNode link : text.path("btns")) {
      String url = link.path("actionURL").asText();
      if (!url.equals(withoutLink)) {
        links.add("[" + link.path("title").asText() + "](" + url + ")");
      }
    }
    return GoJson.write(
        Json.object()
            .with("title", text.path("title").asText())
            .with("markdown", text.path("text").asText())
            .with("links", String.join(" · ", links)));
  }

  private String body(MessageDraft draft, String withoutLink) {
    return body(draft, withoutLink, config.robot());
  }

  /// Sends a message that is not edited.
  Outcome send(ChannelTools.Receiver receiver, MessageDraft draft) throws IOException {
    String deliveryId = draft.notification().deliveryId();
    return send(receiver, parameters(body(draft, ""), List.of(), List.of()), track(deliveryId));
  }

  @Override
  public Posted post(Card card, String deliveryId, Instant deadline) {
    String track = track(deliveryId);
    try {
      Outcome outcome = send(receiver(deliveryId, deadline), parameters(card), track);
      return switch (DingTalkApp.judge(outcome)) {
        case NotifyResult.Sent(String answer) ->
            // A card whose id DingTalk does not confirm can't be edited, but was sent.
            outcome instanceof Outcome.Answered(_, String body)
                    && JsonAnswer.of(body).text("result/outTrackId").orElse("").equals(track)
                ? new Posted.Done(track, "card " + track)
                : new Posted.Done("", answer);
        case NotifyResult failed -> new Posted.Failed(failed);
      };
    } catch (IOException e) {
      return new Posted.Failed(NotifyResult.Retryable.unreadable(e));
    }
  }

  /* Each attempt creates a card of its own, because one that was created, but not delivered, would
   * occupy the id. */
  private String track(String deliveryId) {
    return "pharos-" + Sha256.hex(deliveryId + "/" + tools.clock().millis()).substring(0, 24);
  }

  private Outcome send(ChannelTools.Receiver receiver, Json parameters, String track)
      throws IOException {
    String title = String.valueOf(parameters.get("title"));
    return app.call(
        receiver,
        HttpCall.post(
            app.apiUrl() + "/v1.0/card/instances/createAndDeliver",
            GoJson.write(
                Json.object()
                    .with("cardTemplateId", config.cardTemplateId())
                    .with("outTrackId", track)
                    .with("callbackType", "STREAM")
                    .with("userIdType", 1)
                    .with("cardData", Map.of("cardParamMap", parameters))
                    .with("openSpaceId", "dtv1.card//IM_GROUP." + config.conversationId())
                    .with(
                        "imGroupOpenSpaceModel",
                        Json.object()
                            .with("supportForward", false)
                            .with(
                                "lastMessageI18n",
                                Json.object().with("ZH_CN", title).with("EN_US", title)))
                    .with("imGroupOpenDeliverModel", Map.of("robotCode", config.robotCode())))));
  }

  private ChannelTools.Receiver receiver(String deliveryId, Instant deadline) {
    return call -> poster.call(call, deliveryId, Duration.ZERO, deadline);
  }

  @Override
  public Posted reply(String message, MessageDraft draft, Instant deadline) {
    String text =
        REPLY.fitting(
            MessageText.news(draft.message()).stream()
                .map(DingTalkConfig.Payload.DingTalkMarkdown.INSTANCE::escape)
                .toList());
    Json parameters =
        Json.object()
            .with("title", draft.message().headline())
            .with("text", text.replace("\n", "\n\n"));
    try {
      Outcome outcome =
          app.call(
              receiver(draft.notification().deliveryId(), deadline),
              HttpCall.post(
                  app.apiUrl() + "/v1.0/robot/groupMessages/send",
                  GoJson.write(
                      Json.object()
                          .with("robotCode", config.robotCode())
                          .with("openConversationId", config.conversationId())
                          .with("msgKey", "sampleMarkdown")
                          .with("msgParam", GoJson.write(parameters)))));
      return switch (DingTalkApp.judge(outcome)) {
        case NotifyResult.Sent(String answer) -> new Posted.Done("", answer);
        case NotifyResult failed -> new Posted.Failed(failed);
      };
    } catch (IOException e) {
      return new Posted.Failed(NotifyResult.Retryable.unreadable(e));
    }
  }

  @Override
  public Edited edit(String message, Card card, Instant deadline) {
    try {
      NotifyResult result =
          DingTalkApp.judge(
              app.call(
                  receiver("", deadline),
                  HttpCall.put(
                      app.apiUrl() + "/v1.0/card/instances",
                      GoJson.write(
                          Json.object()
                              .with("outTrackId", message)
                              .with("cardData", Map.of("cardParamMap", parameters(card)))
                              .with("cardUpdateOptions", Map.of("updateCardDataByKey", true))))));
      return result instanceof NotifyResult.Sent ? new Edited.Done() : new Edited.Failed(result);
    } catch (IOException e) {
      return new Edited.Failed(NotifyResult.Retryable.unreadable(e));
    }
  }

  private Json parameters(Card card) {
    return parameters(card.body(), card.state().lines(times()), card.buttons());
  }

  /* DingTalk takes texts only; a list is JSON in a text. */
  private Json parameters(String body, List<String> state, List<Button> buttons) {
    JsonNode json = SharedMapper.read(body);
    var blocks = new ArrayList<String>();
    state.forEach(
        line -> blocks.add(DingTalkConfig.Payload.DingTalkMarkdown.INSTANCE.escape(line)));
    blocks.add(json.path("markdown").asText());
    blocks.add(json.path("links").asText());
    blocks.removeIf(String::isEmpty);
    return Json.object()
        .with("title", json.path("title").asText())
        .with("markdown", String.join("\n\n", blocks))
        .with("btns", GoJson.write(buttons.stream().map(this::button).toList()));
  }

  private Json button(Button button) {
    return Json.object()
        .with("text", button.label().in(times().language()))
        .with("color", "blue")
        .with("status", "normal")
        .with(
            "event",
            Json.object()
                .with("type", "sendCardRequest")
                .with(
                    "params",
                    Json.object()
                        .with("actionId", DingTalkSocket.BUTTON)
                        .with("params", Map.of(DingTalkSocket.BUTTON, button.data()))));
  }
}
