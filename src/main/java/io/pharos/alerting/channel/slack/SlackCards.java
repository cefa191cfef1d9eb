package io.pharos.alerting.channel.slack;

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
import io.pharos.alerting.message.Phrase;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.model.SharedMapper;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Cards in a channel of Slack: `chat.postMessage`, `chat.update` and replies in the thread
/// (docs.slack.dev/reference/methods). A message is identified by `CHANNEL/TS`, because an edit
/// needs the channel's id, which only the answer to the post tells.
record SlackCards(SlackConfig config, ChannelTools tools, HttpPoster poster) implements CardChat {
  private static final Set<String> GONE =
      Set.of("message_not_found", "cant_update_message", "edit_window_closed");

  /// Block and action ids of the buttons begin so.
  static final String BUTTON = "pharos-";

  /* What chat.update does not take. */
  private static final List<String> ONLY_WHEN_POSTED =
      List.of("username", "icon_emoji", "icon_url");

  @Override
  public String chat() {
    return config.channel();
  }

  @Override
  public String body(MessageDraft draft) {
    return GoJson.write(new SlackPayload(config, draft).payload());
  }

  @Override
  public Posted post(Card card, String deliveryId, Instant deadline) {
    return posted(call("chat.postMessage", rendered(card), deliveryId, deadline));
  }

  @Override
  public Posted reply(String message, MessageDraft draft, Instant deadline) {
    Notification notification = draft.notification();
    Json reply =
        Json.object()
            .with("channel", channel(message))
            .with("thread_ts", ts(message))
            .with(
                "text", SlackPayload.escape(String.join("\n", MessageText.news(draft.message()))));
    if (notification.reason() == Notification.Reason.NEW_ALERTS) {
      reply.with("reply_broadcast", true);
    }
    return posted(call("chat.postMessage", reply, notification.deliveryId(), deadline));
  }

  private static Posted posted(Outcome outcome) {
    return switch (outcome.judge(SlackConfig::judge)) {
      case NotifyResult.Sent(String answer) -> {
        JsonAnswer posted =
            JsonAnswer.of(outcome instanceof Outcome.Answered(_, String body) ? body : "");
        String channel = posted.text("channel").orElse("");
        String ts = posted.text("ts").orElse("");
        yield channel.isEmpty() || ts.isEmpty()
            ? new Posted.Done("", answer)
            : new Posted.Done(channel + "/" + ts, "message " + ts);
      }
      case NotifyResult failed -> new Posted.Failed(failed);
    };
  }

  @Override
  public Edited edit(String message, Card card, Instant deadline) {
    ObjectNode payload = rendered(card).put("channel", channel(message)).put("ts", ts(message));
    payload.remove(ONLY_WHEN_POSTED);
    Outcome outcome = call("chat.update", payload, "", deadline);
    if (outcome instanceof Outcome.Answered(_, String body)) {
      JsonAnswer answer = JsonAnswer.of(body);
      String error = answer.text("error").orElse("");
      if (GONE.contains(error)) {
        return new Edited.Gone(error);
      }
      if (answer.flag("ok").isEmpty()) {
        return new Edited.Failed(
            new NotifyResult.Retryable("Slack answered no JSON" + HttpPoster.excerpt(body)));
      }
    }
    return switch (outcome.judge(SlackConfig::judge)) {
      case NotifyResult.Sent _ -> new Edited.Done();
      case NotifyResult failed -> new Edited.Failed(failed);
    };
  }

  private static String channel(String message) {
    return message.substring(0, message.indexOf('/'));
  }

  private static String ts(String message) {
    return message.substring(message.indexOf('/') + 1);
  }

  private Outcome call(String method, Object payload, String deliveryId, Instant deadline) {
    try {
      return poster.call(
          HttpCall.post(
                  config.appUrl().replaceFirst("[^/]*$", method),
                  payload instanceof JsonNode json ? json.toString() : GoJson.write(payload))
              .withHeader("Authorization", "Bearer " + config.appToken().read().orElse("")),
          deliveryId,
          Duration.ZERO,
          deadline);
    } catch (IOException e) {
      return new Outcome.Failed(NotifyResult.Retryable.unreadable(e));
    }
  }

  /* State and buttons are an attachment of their own, below the message's. */
  private ObjectNode rendered(Card card) {
    if (!(SharedMapper.read(card.body()) instanceof ObjectNode payload)
        || !(payload.path("attachments") instanceof ArrayNode attachments)) {
      throw new IllegalArgumentException("a card's body is no message");
    }
    if (!card.buttons().isEmpty() || card.state().isOver()) {
      String acknowledge = Phrase.ACKNOWLEDGE.in(times().language());
      for (JsonNode attachment : attachments) {
        if (attachment.path("actions") instanceof ArrayNode actions) {
          for (int i = actions.size() - 1; i >= 0; i--) {
            if (actions.get(i).path("text").asText().equals(acknowledge)) {
              actions.remove(i);
            }
          }
        }
      }
    }
    List<Json> blocks =
        Stream.of(stateBlocks(card), buttonBlocks(card)).flatMap(List::stream).toList();
    if (!blocks.isEmpty()) {
      Json below =
          Json.object()
              .with("color", attachments.path(0).path("color").asText())
              .with("fallback", String.join(" ", card.state().lines(times())))
              .with("blocks", blocks);
      attachments.add(SharedMapper.read(GoJson.write(below)));
    }
    return payload;
  }

  private List<Json> stateBlocks(Card card) {
    List<String> lines = card.state().lines(times());
    return lines.isEmpty()
        ? List.of()
        : List.of(
            Json.object()
                .with("type", "section")
                .with("text", text("mrkdwn", SlackPayload.escape(String.join("\n", lines)))));
  }

  private static Json text(String type, String text) {
    return Json.object().with("type", type).with("text", text);
  }

  private List<Json> buttonBlocks(Card card) {
    var elements = new ArrayList<Json>();
    for (Button button : card.buttons()) {
      elements.add(
          Json.object()
              .with("type", "button")
              .with("action_id", BUTTON + elements.size())
              .with("text", text("plain_text", button.label().in(times().language())))
              .with("value", button.data()));
    }
    return elements.isEmpty()
        ? List.of()
        : List.of(
            Json.object()
                .with("type", "actions")
                .with("block_id", BUTTON + "card")
                .with("elements", elements));
  }
}
