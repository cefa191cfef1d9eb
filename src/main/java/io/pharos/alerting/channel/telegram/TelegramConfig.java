package io.pharos.alerting.channel.telegram;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ClickSource;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Key;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.message.Language;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.MessageTimes;
import io.pharos.alerting.message.Phrase;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Configuration of messages by a Telegram bot (`telegram_configs`). Only `"ok": true` means
/// success, whatever the HTTP status. After any other answer the message is sent again, as by
/// Alertmanager, because chats and rights change.
///
/// @param messageThreadId the topic within the chat; 0 for none
/// @param parseMode `HTML`, `Markdown`, `MarkdownV2`, or empty for plain text
public record TelegramConfig(
    boolean sendResolved,
    HttpOptions http,
    String apiUrl,
    SecretSource botToken,
    long chatId,
    int messageThreadId,
    @Text(DEFAULT_MESSAGE) String message,
    boolean disableNotifications,
    @Key(always = true) String parseMode)
    implements CardChat.Config {
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.withGlobals("telegram", TelegramConfig::globals, TelegramConfig::preview);

  static final String DEFAULT_MESSAGE = "{{ template \"telegram.default.message\" . }}";

  /// The parse mode for texts in HTML; templates then escape values.
  static final String HTML = "HTML";

  private static final Set<String> PARSE_MODES = Set.of("", HTML, "Markdown", "MarkdownV2");

  private static IntegrationDefaults globals(KeyReader global) {
    String url = global.url("telegram_api_url", "https://api.telegram.org");
    return IntegrationDefaults.of(
        keys -> TelegramConfig.read(keys, url), section -> section.put("telegram_api_url", url));
  }

  private static TelegramConfig read(KeyReader keys, String defaultUrl) {
    YamlMap map = keys.map();
    SecretSource token = keys.requiredSecret("bot_token");
    long chat =
        map.get("chat_id").map(value -> value.parse("a whole number", Long::parseLong)).orElse(0L);
    if (chat == 0) {
      throw map.error("missing chat_id in Telegram config, expected a number other than 0");
    }
    String parseMode = map.string("parse_mode", HTML);
    if (!PARSE_MODES.contains(parseMode)) {
      throw map.require("parse_mode")
          .error("expected HTML, Markdown, MarkdownV2 or \"\", found " + Quoted.of(parseMode));
    }
    return ConfigKeys.read(
        TelegramConfig.class,
        keys,
        Map.of(
            "sendResolved", keys.sendResolved(true),
            "apiUrl", keys.url("api_url", defaultUrl),
            "botToken", token,
            "chatId", chat,
            "parseMode", parseMode));
  }

  @Override
  public void print(ConfigSection section) {
    ConfigKeys.print(
        this, section, messageThreadId == 0 ? Map.of("message_thread_id", "") : Map.of());
  }

  @Override
  public boolean canEdit() {
    return true;
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    return tools.calling(
        http,
        (notification, receiver) ->
            send(new Payload(this, tools.draft(this, notification)), receiver));
  }

  @Override
  public CardChat cards(ChannelTools tools) {
    return new TelegramCards(this, tools, tools.posters().apply(http));
  }

  @Override
  public Optional<ClickSource> clicks(ChannelTools tools) {
    return Optional.of(new TelegramUpdates(this, tools.posters().apply(http), tools.clock()));
  }

  private NotifyResult send(Payload message, ChannelTools.Receiver receiver) throws IOException {
    return judge(
        call(receiver, "sendMessage", message.payload(), message.draft().message().times()));
  }

  /// Calls a method that writes a text. If Telegram rejects the markup, sends the text without it.
  Outcome call(ChannelTools.Receiver receiver, String method, Json payload, MessageTimes times)
      throws IOException {
    String url = apiUrl + "/bot" + botToken.read().orElse("") + "/" + method;
    Outcome outcome = receiver.post(url, payload);
    return outcome instanceof Outcome.Failed(_, String body, _)
            && payload.containsKey("parse_mode")
            && description(body).contains("can't parse entities")
        ? receiver.post(url, plain(payload, times.language()))
        : outcome;
  }

  static NotifyResult judge(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Answered(_, String body) -> judge(body);
      case Outcome.Failed(int status, _, NotifyResult result) when status == 0 -> result;
      case Outcome.Failed(_, String body, NotifyResult.Retryable(String reason, var after)) ->
          new NotifyResult.Retryable(reason, after.or(() -> pause(body)));
      case Outcome.Failed(_, String body, NotifyResult result) ->
          new NotifyResult.Retryable(result.text(), pause(body));
    };
  }

  /// Returns the payload without markup, for a text whose markup Telegram rejects.
  private static Json plain(Json payload, Language language) {
    String note = "\n⚠️ " + Phrase.MARKUP_REFUSED.in(language, "telegram");
    Json plain = Json.object().withAll(payload);
    plain.remove("parse_mode");
    return plain.with(
        "text", Payload.TEXT.minus(note).clip(String.valueOf(payload.get("text"))) + note);
  }

  private static NotifyResult judge(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    if (answer.flag("ok").orElse(false)) {
      OptionalLong id = answer.number("result/message_id");
      return new NotifyResult.Sent(id.isPresent() ? "message " + id.getAsLong() : "ok");
    }
    return new NotifyResult.Retryable(
        "Telegram refused the message" + HttpPoster.excerpt(body), pause(body));
  }

  static String description(String body) {
    return JsonAnswer.of(body).text("description").orElse("");
  }

  /// Returns the pause that Telegram requests in the body. Telegram sends no header `Retry-After`.
  private static Optional<Duration> pause(String body) {
    OptionalLong seconds = JsonAnswer.of(body).number("parameters/retry_after");
    return seconds.isPresent()
        ? Optional.of(Duration.ofSeconds(Math.clamp(seconds.getAsLong(), 0, 3600)))
        : Optional.empty();
  }

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    String content = json.path("text").asText();
    boolean html = json.path("parse_mode").asText().toLowerCase(Locale.ROOT).equals("html");
    preview.text(Style.TEXT, html ? ChatText.html(content) : ChatText.plain(content));
    for (JsonNode row : json.at("/reply_markup/inline_keyboard")) {
      var labels = new ArrayList<String>();
      row.forEach(
          button -> {
            if (button.has("callback_data")) {
              labels.add("[" + button.path("text").asText() + "]");
            }
          });
      preview.text(Style.LINE, ChatText.plain(String.join(" ", labels)));
      preview.buttons(row, "text", "url");
    }
  }

  /// The parameters of `sendMessage` as strings, as Alertmanager's client writes them.
  ///
  /// If the message is the default, the built-in text is sent as HTML with buttons, whatever the
  /// parse mode; otherwise only the expanded template is sent.
  record Payload(TelegramConfig config, MessageDraft draft) {
    static final TextLimit TEXT = TextLimit.characters(4096);

    /* Characters reserved for the warnings, which follow the text and must never be truncated. */
    private static final int MAX_NOTES = 500;

    Json payload() {
      if (draft.isBuiltIn(config.message(), DEFAULT_MESSAGE)) {
        return builtIn(List.of());
      }
      boolean html = config.parseMode().equals(HTML);
      Optional<String> text =
          html
              ? draft.html("message", config.message())
              : draft.expand("message", config.message());
      if (text.isEmpty() || text.get().isBlank()) {
        return builtIn(draft.failures());
      }
      String clipped = TEXT.clip(text.get());
      if (html && !clipped.equals(text.get())) {
        // Truncated HTML would be invalid, and Telegram would reject the whole message.
        return builtIn(List.of(Phrase.TEXT_TOO_LONG.in(draft.message().language(), "telegram")));
      }
      return parameters(clipped).withText("parse_mode", config.parseMode());
    }

    private Json builtIn(List<String> failures) {
      Message message = draft.message();
      MessageText text = draft.in(Markup.HTML);
      var blocks = new ArrayList<String>();
      blocks.add(text.titleLine());
      List<Message.Link> buttons = message.links().stream().filter(Payload::fitsButton).toList();
      blocks.add(text.body(TEXT.max() - MAX_NOTES - 300, buttons.size() < message.links().size()));
      blocks.addAll(text.notes(failures));
      Json payload = parameters(TEXT.fitting(blocks)).with("parse_mode", HTML);
      return buttons.isEmpty() ? payload : payload.with("reply_markup", keyboard(buttons));
    }

    /// Whether Telegram accepts a button for a link. Telegram rejects the whole message if a button
    /// leads to `localhost` or another name without a dot.
    private static boolean fitsButton(Message.Link link) {
      try {
        String host = URI.create(link.url()).getHost();
        return host != null && host.contains(".");
      } catch (IllegalArgumentException _) {
        // An invalid URL gets no button, but the text may contain it.
        return false;
      }
    }

    /// Returns the buttons in rows of two, which fit on a phone.
    private Map<String, Object> keyboard(List<Message.Link> links) {
      var rows = new ArrayList<List<Json>>();
      for (Message.Link link : links) {
        if (rows.isEmpty() || rows.getLast().size() == 2) {
          rows.add(new ArrayList<>());
        }
        rows.getLast()
            .add(
                Json.object()
                    .with("text", link.kind().label().in(draft.message().language()))
                    .with("url", link.url()));
      }
      return Map.of("inline_keyboard", rows);
    }

    private Json parameters(String text) {
      int thread = config.messageThreadId();
      return Json.object()
          .with("chat_id", Long.toString(config.chatId()))
          .withText("disable_notification", config.disableNotifications() ? "true" : "")
          .with("disable_web_page_preview", "true")
          .withText("message_thread_id", thread == 0 ? "" : Integer.toString(thread))
          .with("text", text);
    }
  }
}
