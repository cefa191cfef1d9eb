package io.pharos.alerting.channel.discord;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.model.SharedMapper;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Cards of a Discord webhook: with `wait=true` Discord answers the message's id, by which the
/// webhook can edit it (discord.com/developers/docs/resources/webhook). Webhooks do not receive
/// clicks and cannot begin threads below messages: the card has the link that acknowledges, and a
/// reply is a message.
record DiscordCards(DiscordConfig config, ChannelTools tools, HttpPoster poster)
    implements CardChat {
  private static final int NOT_FOUND = 404;

  /* "Unknown Message"; 404 with another code means that the webhook is gone. */
  private static final long UNKNOWN_MESSAGE = 10008;

  /* What an edit does not take. */
  private static final List<String> ONLY_WHEN_POSTED = List.of("username", "avatar_url");

  private static final TextLimit CONTENT = TextLimit.characters(2000);

  /// A webhook has one channel, which its address determines.
  @Override
  public String chat() {
    return "webhook";
  }

  @Override
  public String body(MessageDraft draft) {
    String acknowledging =
        draft
            .message()
            .link(Message.Link.Kind.ACKNOWLEDGE)
            .map(
                link ->
                    DiscordConfig.MARKUP.link(
                        DiscordConfig.MARKUP.escape(
                            link.kind().label().in(draft.message().language())),
                        link.url()))
            .orElse("");
    return GoJson.write(
        Json.object().with("message", config.payload(draft)).with("acknowledging", acknowledging));
  }

  @Override
  public Posted post(Card card, String deliveryId, Instant deadline) {
    return posted(rendered(card).toString(), deliveryId, deadline);
  }

  @Override
  public Posted reply(String message, MessageDraft draft, Instant deadline) {
    String text =
        CONTENT.fitting(
            MessageText.news(draft.message()).stream().map(DiscordConfig.MARKUP::escape).toList());
    return posted(
        GoJson.write(
            Json.object()
                .with("content", text)
                .with("allowed_mentions", Map.of("parse", List.of()))
                .withText("username", config.username())
                .withText("avatar_url", config.avatarUrl())),
        draft.notification().deliveryId(),
        deadline);
  }

  private Posted posted(String json, String deliveryId, Instant deadline) {
    Outcome outcome;
    try {
      outcome = call(HttpCall.post(address("", "wait=true"), json), deliveryId, deadline);
    } catch (IOException e) {
      return new Posted.Failed(NotifyResult.Retryable.unreadable(e));
    }
    return switch (outcome) {
      case Outcome.Failed failed -> new Posted.Failed(failed.result());
      case Outcome.Answered(_, String body) -> {
        // The id becomes part of addresses. A message without one can't be edited, but was sent.
        String id =
            JsonAnswer.of(body).text("id").filter(it -> it.matches("[0-9]{1,20}")).orElse("");
        yield new Posted.Done(id, id.isEmpty() ? "accepted" : "message " + id);
      }
    };
  }

  @Override
  public Edited edit(String message, Card card, Instant deadline) {
    ObjectNode payload = rendered(card);
    payload.remove(ONLY_WHEN_POSTED);
    Outcome outcome;
    try {
      outcome =
          call(
              HttpCall.patch(address("/messages/" + message, ""), payload.toString()),
              "",
              deadline);
    } catch (IOException e) {
      return new Edited.Failed(NotifyResult.Retryable.unreadable(e));
    }
    return switch (outcome) {
      case Outcome.Answered _ -> new Edited.Done();
      case Outcome.Failed(int status, String body, NotifyResult result) ->
          status == NOT_FOUND && JsonAnswer.of(body).number("code").orElse(0) == UNKNOWN_MESSAGE
              ? new Edited.Gone(result.text())
              : new Edited.Failed(result);
    };
  }

  private Outcome call(HttpCall call, String deliveryId, Instant deadline) {
    return poster.call(call, deliveryId, Duration.ZERO, deadline);
  }

  /* The webhook's address may have parameters, such as the thread. */
  private String address(String path, String parameter) throws IOException {
    String url = config.hook().webhookUrl().read().orElse("");
    int query = url.indexOf('?');
    String parameters = query < 0 ? "" : url.substring(query + 1);
    String all =
        parameters.isEmpty() || parameter.isEmpty()
            ? parameters + parameter
            : parameters + "&" + parameter;
    return (query < 0 ? url : url.substring(0, query)) + path + (all.isEmpty() ? "" : "?" + all);
  }

  /* The state is above the description of the embed. */
  private ObjectNode rendered(Card card) {
    var body = SharedMapper.read(card.body());
    if (!(body.path("message") instanceof ObjectNode message)
        || !(message.path("embeds").path(0) instanceof ObjectNode embed)) {
      throw new IllegalArgumentException("a card's body is no message");
    }
    String description = embed.path("description").asText();
    String acknowledging = body.path("acknowledging").asText();
    if (card.state().isOver() && !acknowledging.isEmpty()) {
      description =
          description.replace(acknowledging + " · ", "").replace(" · " + acknowledging, "");
    }
    String state =
        String.join(
            "\n", card.state().lines(times()).stream().map(DiscordConfig.MARKUP::escape).toList());
    embed.put(
        "description",
        state.isEmpty()
            ? description
            : state
                + "\n\n"
                + DiscordConfig.DESCRIPTION
                    .minus(state + "\n\n")
                    .fitting(description.lines().toList()));
    return message;
  }
}
