package io.pharos.alerting.channel.ntfy;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Button;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/// Configuration of push messages by ntfy (`ntfy_configs` of pharos.yml), which are published as
/// JSON. The message's button acknowledges the incident without opening a page.
///
/// @param url address of the server, without the topic
/// @param topic the topic; on public servers it is as secret as a password
/// @param title the title; empty for the built-in headline
/// @param message the text; empty for the built-in text
/// @param timeout timeout of one attempt; if it is zero, an attempt may last until the delivery's
///   deadline
public record NtfyConfig(
    boolean sendResolved,
    HttpOptions http,
    String url,
    SecretSource topic,
    @Text String title,
    @Text String message,
    Duration timeout)
    implements Channel.Config {
  /// The channel that this record configures. ntfy.sh permits 60 messages at once and then one
  /// every five seconds, so storms of three minutes stay below its limit.
  public static final Channel CHANNEL =
      Channel.robot("ntfy", NtfyConfig::read, 30, NtfyConfig::preview);

  private static final String PUBLIC_SERVER = "https://ntfy.sh";
  private static final int MAX_TITLE = 250;

  /// The server turns a longer text into an attachment.
  private static final TextLimit TEXT = TextLimit.bytes(4096);

  private static final int MAX_ACTIONS = 3;

  static NtfyConfig read(KeyReader keys) {
    return ConfigKeys.read(
        NtfyConfig.class,
        keys,
        Map.of(
            "sendResolved",
            keys.sendResolved(true),
            "url",
            keys.url("url", PUBLIC_SERVER),
            "topic",
            keys.requiredSecret("topic")));
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
                .post(url, payload(topic.read().orElse(""), tools.draft(this, notification)))
                .judge(NtfyConfig::judge));
  }

  private Json payload(String topic, MessageDraft draft) {
    Message content = draft.message();
    String text =
        draft
            .expandIfSet("message", message)
            .orElseGet(() -> draft.in(Markup.PLAIN).body(TEXT.max() / 4, false));
    return Json.object()
        .with("topic", topic)
        .with(
            "title",
            TextLimit.line(
                MAX_TITLE, draft.expandIfSet("title", title).orElseGet(content::headline)))
        .with("message", TEXT.clip(text, draft.notes(Markup.PLAIN)))
        .with("priority", priority(content))
        .withText("click", content.links().stream().findFirst().map(Message.Link::url).orElse(""))
        .withAll(
            "actions",
            content.links().stream()
                .limit(MAX_ACTIONS)
                .map(link -> action(link, content))
                .toList());
  }

  /* 5 overrides "do not disturb", 4 and 3 sound, 2 is silent. */
  private static int priority(Message message) {
    if (!message.firing()) {
      return 2;
    }
    return switch (message.severity().rank()) {
      case 0 -> 5;
      case 1 -> 4;
      default -> 3;
    };
  }

  /* The signed link's parameters are the fields of the form on its page. */
  private static Json action(Message.Link link, Message message) {
    Json action = Json.object().with("label", link.kind().label().in(message.language()));
    int query = link.url().indexOf('?');
    return link.kind() == Message.Link.Kind.ACKNOWLEDGE && query > 0
        ? action
            .with("action", "http")
            .with("url", link.url().substring(0, query))
            .with("headers", Map.of("Content-Type", "application/x-www-form-urlencoded"))
            .with("body", link.url().substring(query + 1) + "&by=ntfy")
            .with("clear", true)
        : action.with("action", "view").with("url", link.url());
  }

  private static NotifyResult judge(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    Optional<String> id = answer.text("id");
    return id.isPresent() || answer.number("id").isPresent()
        ? new NotifyResult.Sent("message" + id.map(it -> " " + it).orElse(""))
        : new NotifyResult.Rejected(
            "ntfy answered without the id of a message; url must be the address of an ntfy server"
                + HttpPoster.excerpt(body));
  }

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    preview.text(Style.TITLE, ChatText.plain(json.path("title").asText()));
    preview.text(Style.TEXT, ChatText.plain(json.path("message").asText()));
    preview.buttons(
        StreamSupport.stream(json.path("actions").spliterator(), false)
            .map(action -> new Button(action.path("label").asText(), action.path("url").asText()))
            .toList());
  }
}
