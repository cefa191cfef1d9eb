package io.pharos.alerting.channel.discord;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ClickSource;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ChatWebhook;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Configuration of messages to a Discord webhook (`discord_configs`): a line of text, which phones
/// show in the push notification, and one embed.
///
/// If all texts are the defaults, the built-in message is sent. Otherwise only the expanded
/// templates are sent, as by Alertmanager.
///
/// @param username name of the sender; empty for the webhook's name
/// @param avatarUrl picture of the sender; empty for the webhook's picture
public record DiscordConfig(
    ChatWebhook hook,
    @Text String content,
    @Text(DEFAULT_TITLE) String title,
    @Text(DEFAULT_MESSAGE) String message,
    String username,
    String avatarUrl)
    implements Channel.Chat, CardChat.Config {
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.of("discord", DiscordConfig.class, DiscordConfig::preview);

  static final String DEFAULT_TITLE = "{{ template \"discord.default.title\" . }}";
  static final String DEFAULT_MESSAGE = "{{ template \"discord.default.message\" . }}";
  private static final int MAX_CONTENT = 2000;
  private static final int MAX_TITLE = 256;
  static final TextLimit DESCRIPTION = TextLimit.characters(4096);
  private static final int RED = 0x992D22;
  private static final int GREEN = 0x2ECC71;
  static final Markup.Markdown MARKUP = Markup.BACKSLASHED;

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public boolean canEdit() {
    return true;
  }

  @Override
  public CardChat cards(ChannelTools tools) {
    return new DiscordCards(this, tools, tools.posters().apply(hook.http()));
  }

  @Override
  public Optional<ClickSource> clicks(ChannelTools tools) {
    return Optional.empty();
  }

  @Override
  public Json payload(MessageDraft draft) {
    boolean builtIn =
        content.isEmpty()
            && draft.isBuiltIn(title, DEFAULT_TITLE)
            && draft.isBuiltIn(message, DEFAULT_MESSAGE);
    Json payload =
        builtIn
            ? Json.object()
                .with(
                    "content", TextLimit.to(MAX_CONTENT, MARKUP.escape(draft.message().headline())))
                .with("embeds", List.of(builtIn(draft)))
                // Texts from labels must not mention people.
                .with("allowed_mentions", Map.of("parse", List.of()))
            : Json.object()
                .with("content", TextLimit.to(MAX_CONTENT, draft.text("content", content)))
                .with("embeds", List.of(templated(draft)));
    payload.putAll(Json.object().withText("username", username).withText("avatar_url", avatarUrl));
    return payload;
  }

  private Json templated(MessageDraft draft) {
    Message message = draft.message();
    String name = draft.expand("title", title).orElse(MessageText.title(message));
    String description =
        draft
            .expand("message", this.message)
            .orElseGet(() -> draft.in(MARKUP).body(DESCRIPTION.max(), true));
    return Json.object()
        .with("title", TextLimit.to(MAX_TITLE, name))
        .with("description", DESCRIPTION.clip(description, draft.notes(MARKUP)))
        .with("color", message.firing() ? RED : GREEN);
  }

  /// Returns the built-in embed. Its title is the summary, because the line above the embed already
  /// shows the message's title.
  private static Json builtIn(MessageDraft draft) {
    Message message = draft.message();
    MessageText text = draft.in(MARKUP);
    // Discord shows fields after the description. The facts must be first, so they are the first
    // lines of the description instead of fields.
    var blocks = new ArrayList<>(text.factLines());
    if (!text.links().isEmpty()) {
      blocks.add(text.links());
    }
    if (!text.details().isEmpty()) {
      blocks.add("");
      blocks.addAll(text.details());
    }
    blocks.addAll(text.notes(List.of()));
    String title = message.story().isEmpty() ? message.subject() : message.story();
    return Json.object()
        .withText("title", TextLimit.line(MAX_TITLE, MARKUP.escape(title)))
        .withText("url", message.page().map(Message.Link::url).orElse(""))
        .withText("description", DESCRIPTION.fitting(blocks))
        .with("color", Integer.parseInt(message.color().substring(1), 16))
        .with("footer", Map.of("text", draft.in(Markup.PLAIN).footer()));
  }

  @Override
  public NotifyResult judge(String body) {
    return new NotifyResult.Sent("accepted" + HttpPoster.excerpt(body));
  }

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    preview.text(Style.LINE, ChatText.markdown(json.path("content").asText()));
    for (JsonNode embed : json.path("embeds")) {
      preview.setColor("#%06x".formatted(embed.path("color").asInt() & 0xffffff));
      preview.title(ChatText.markdown(embed.path("title").asText()), embed.path("url").asText());
      preview.text(Style.TEXT, ChatText.markdown(embed.path("description").asText()));
      preview.text(Style.SMALL, ChatText.markdown(embed.path("footer").path("text").asText()));
    }
  }
}
