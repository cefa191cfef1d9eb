package io.pharos.alerting.channel.telegram;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.model.SharedMapper;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Cards in a Telegram chat: `sendMessage` with an inline keyboard, changed by `editMessageText`
/// (core.telegram.org/bots/api). A button's `callback_data` has at most 64 bytes.
record TelegramCards(TelegramConfig config, ChannelTools tools, HttpPoster poster)
    implements CardChat {
  /* Telegram's descriptions of the error 400. There are no codes. */
  private static final String SAME = "message is not modified";
  private static final List<String> GONE =
      List.of("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID");

  private static final TextLimit TEXT = TextLimit.characters(4096);

  @Override
  public String chat() {
    return Long.toString(config.chatId());
  }

  @Override
  public String body(MessageDraft draft) {
    Json payload = new TelegramConfig.Payload(config, draft).payload();
    String acknowledging = draft.message().acknowledgingUrl();
    var links = new ArrayList<JsonNode>();
    for (JsonNode row :
        SharedMapper.read(GoJson.write(payload)).at("/reply_markup/inline_keyboard")) {
      row.forEach(links::add);
    }
    links.removeIf(link -> link.path("url").asText().equals(acknowledging));
    return GoJson.write(
        Json.object()
            .with("text", payload.get("text"))
            .with("parse_mode", String.valueOf(payload.getOrDefault("parse_mode", "")))
            .with(
                "links",
                links.stream()
                    .map(
                        link ->
                            button(link.path("text").asText(), "url", link.path("url").asText()))
                    .toList()));
  }

  private static Json button(String text, String key, String value) {
    return Json.object().with("text", text).with(key, value);
  }

  @Override
  public Posted post(Card card, String deliveryId, Instant deadline) {
    return send(rendered(card), deliveryId, deadline);
  }

  @Override
  public Posted reply(String message, MessageDraft draft, Instant deadline) {
    return send(
        parameters(TEXT.fitting(MessageText.news(draft.message())))
            .with(
                "reply_parameters",
                Map.of("message_id", Long.valueOf(message), "allow_sending_without_reply", true)),
        draft.notification().deliveryId(),
        deadline);
  }

  private Posted send(Json payload, String deliveryId, Instant deadline) {
    Outcome outcome = call("sendMessage", payload, deliveryId, deadline);
    return switch (TelegramConfig.judge(outcome)) {
      case NotifyResult.Sent(String answer) -> posted(outcome, answer);
      case NotifyResult failed -> new Posted.Failed(failed);
    };
  }

  private static Posted posted(Outcome outcome, String answer) {
    OptionalLong id =
        outcome instanceof Outcome.Answered(_, String body)
            ? JsonAnswer.of(body).number("result/message_id")
            : OptionalLong.empty();
    // A message without an id can't be edited, but it was sent.
    return new Posted.Done(id.isPresent() ? Long.toString(id.getAsLong()) : "", answer);
  }

  @Override
  public Edited edit(String message, Card card, Instant deadline) {
    Json payload = rendered(card).with("message_id", message);
    payload.remove("disable_notification");
    payload.remove("message_thread_id");
    Outcome outcome = call("editMessageText", payload, "", deadline);
    if (outcome instanceof Outcome.Failed(_, String body, _)) {
      String description = TelegramConfig.description(body);
      if (description.contains(SAME)) {
        return new Edited.Done();
      }
      if (GONE.stream().anyMatch(description::contains)) {
        return new Edited.Gone(description);
      }
    }
    return TelegramConfig.judge(outcome) instanceof NotifyResult.Sent
        ? new Edited.Done()
        : new Edited.Failed(TelegramConfig.judge(outcome));
  }

  private Outcome call(String method, Json payload, String deliveryId, Instant deadline) {
    try {
      return config.call(
          (HttpCall call) -> poster.call(call, deliveryId, Duration.ZERO, deadline),
          method,
          payload,
          times());
    } catch (IOException e) {
      return new Outcome.Failed(NotifyResult.Retryable.unreadable(e));
    }
  }

  private Json parameters(String text) {
    int thread = config.messageThreadId();
    return Json.object()
        .with("chat_id", chat())
        .withText("disable_notification", config.disableNotifications() ? "true" : "")
        .with("disable_web_page_preview", "true")
        .withText("message_thread_id", thread == 0 ? "" : Integer.toString(thread))
        .with("text", text);
  }

  private Json rendered(Card card) {
    JsonNode body = SharedMapper.read(card.body());
    String mode = body.path("parse_mode").asText();
    String state =
        String.join(
            "\n", card.state().lines(times()).stream().map(it -> escaped(it, mode)).toList());
    String text = body.path("text").asText();
    // A line of the built-in text closes the tags that it opens, so that lines can be left out.
    String shown =
        state.isEmpty()
            ? text
            : state + "\n\n" + TEXT.minus(state + "\n\n").fitting(text.lines().toList());
    var rows = new ArrayList<List<Json>>();
    rows.add(
        card.buttons().stream()
            .map(it -> button(it.label().in(times().language()), "callback_data", it.data()))
            .toList());
    for (JsonNode link : body.path("links")) {
      if (rows.size() == 1 || rows.getLast().size() == 2) {
        rows.add(new ArrayList<>());
      }
      rows.getLast().add(button(link.path("text").asText(), "url", link.path("url").asText()));
    }
    rows.removeIf(List::isEmpty);
    return parameters(shown)
        .withText("parse_mode", mode)
        .with("reply_markup", Map.of("inline_keyboard", rows));
  }

  private static String escaped(String line, String mode) {
    return switch (mode) {
      case TelegramConfig.HTML -> Markup.HTML.escape(line);
      case "MarkdownV2" -> line.replaceAll("([_*\\[\\]()~`>#+=|{}.!\\\\-])", "\\\\$1");
      case "Markdown" -> line.replaceAll("([_*`\\[])", "\\\\$1");
      default -> line;
    };
  }
}
