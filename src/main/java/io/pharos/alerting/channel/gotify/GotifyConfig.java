package io.pharos.alerting.channel.gotify;

import static io.pharos.alerting.message.Markup.BACKSLASHED;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.model.BaseUrl;
import io.pharos.template.value.GoJson;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;

/// Configuration of push messages by Gotify (`gotify_configs` of pharos.yml). The text is markdown,
/// which Gotify's programs display.
///
/// @param url address of the server
/// @param token token of the application
/// @param title the title; empty for the built-in headline
/// @param message the text; empty for the built-in text
/// @param timeout timeout of one attempt; if it is zero, an attempt may last until the delivery's
///   deadline
public record GotifyConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource url,
    SecretSource token,
    @Text String title,
    @Text String message,
    Duration timeout)
    implements Channel.Config {
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.pharosOnly("gotify", GotifyConfig::read, GotifyConfig::preview);

  private static final int MAX_TITLE = 250;

  /* The server has no limit; a screen has. */
  private static final TextLimit TEXT = TextLimit.characters(8_000);

  static GotifyConfig read(KeyReader keys) {
    return ConfigKeys.read(
        GotifyConfig.class,
        keys,
        Map.of(
            "sendResolved",
            keys.sendResolved(true),
            "url",
            keys.requiredSecretUrl("url"),
            "token",
            keys.requiredSecret("token")));
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    return tools.calling(
        http,
        timeout,
        (notification, receiver) ->
            receiver
                .call(
                    HttpCall.post(
                            BaseUrl.of(url.read().orElse("")) + "/message",
                            GoJson.write(payload(tools.draft(this, notification))))
                        .withHeader("X-Gotify-Key", token.read().orElse("")))
                .judge(GotifyConfig::judge));
  }

  private Json payload(MessageDraft draft) {
    Message content = draft.message();
    // A line break alone does not break a line in markdown.
    String text =
        draft
            .expandIfSet("message", message)
            .orElseGet(
                () -> draft.in(BACKSLASHED).body(TEXT.max() / 2, true).replace("\n", "  \n"));
    Json extras = Json.object().with("client::display", Map.of("contentType", "text/markdown"));
    content.links().stream()
        .findFirst()
        .ifPresent(
            link ->
                extras.with("client::notification", Map.of("click", Map.of("url", link.url()))));
    return Json.object()
        .with(
            "title",
            TextLimit.line(
                MAX_TITLE, draft.expandIfSet("title", title).orElseGet(content::headline)))
        .with("message", TEXT.clip(text, draft.notes(BACKSLASHED)))
        .with("priority", priority(content))
        .with("extras", extras);
  }

  /* From 8 on, phones sound and vibrate; from 4 on they sound. */
  private static int priority(Message message) {
    if (!message.firing()) {
      return 3;
    }
    return switch (message.severity().rank()) {
      case 0 -> 10;
      case 1 -> 7;
      default -> 4;
    };
  }

  private static NotifyResult judge(String body) {
    OptionalLong id = JsonAnswer.of(body).number("id");
    return id.isPresent()
        ? new NotifyResult.Sent("message " + id.getAsLong())
        : new NotifyResult.Rejected(
            "Gotify answered without the id of a message; url must be the address of a Gotify"
                + " server"
                + HttpPoster.excerpt(body));
  }

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    preview.text(Style.TITLE, ChatText.plain(json.path("title").asText()));
    preview.text(Style.TEXT, ChatText.markdown(json.path("message").asText()));
  }
}
