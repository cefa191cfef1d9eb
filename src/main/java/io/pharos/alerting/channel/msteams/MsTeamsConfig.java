package io.pharos.alerting.channel.msteams;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Button;
import io.pharos.alerting.mailbox.ChatPreview.Field;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Configuration of message cards to a Microsoft Teams connector (`msteams_configs`). A connector
/// answers 200 even if Teams rejected the card; in that case the body contains the error.
public record MsTeamsConfig(
    ChatWebhook hook,
    @Text(DEFAULT_TITLE) String title,
    @Text(DEFAULT_SUMMARY) String summary,
    @Text(DEFAULT_TEXT) String text)
    implements Channel.Chat {
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.of("msteams", MsTeamsConfig.class, MsTeamsConfig::preview);

  static final String DEFAULT_TITLE = "{{ template \"msteams.default.title\" . }}";
  static final String DEFAULT_SUMMARY = "{{ template \"msteams.default.summary\" . }}";
  static final String DEFAULT_TEXT = "{{ template \"msteams.default.text\" . }}";
  private static final Pattern HTTP_ERROR = Pattern.compile("HTTP error (\\d{3})");

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Json payload(MessageDraft draft) {
    return new Payload(this, draft).payload();
  }

  @Override
  public NotifyResult judge(String body) {
    return judged(body);
  }

  static NotifyResult judged(String body) {
    Matcher error = HTTP_ERROR.matcher(body);
    if (!error.find()) {
      return new NotifyResult.Sent("accepted" + HttpPoster.excerpt(body));
    }
    String reason = "Teams refused the card" + HttpPoster.excerpt(body);
    int status = Integer.parseInt(error.group(1));
    return status == 429 || status / 100 == 5
        ? new NotifyResult.Retryable(reason)
        : new NotifyResult.Rejected(reason);
  }

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    preview.setColor(json.path("themeColor").asText());
    preview.text(Style.TITLE, ChatText.markdown(json.path("title").asText()));
    preview.text(Style.TEXT, ChatText.markdown(json.path("text").asText()));
    for (JsonNode section : json.path("sections")) {
      preview.fields(facts(section.path("facts"), "name"));
      preview.text(Style.TEXT, ChatText.markdown(section.path("text").asText()));
    }
    var buttons = new ArrayList<Button>();
    for (JsonNode action : json.path("potentialAction")) {
      buttons.add(new Button(action.path("name").asText(), action.at("/targets/0/uri").asText()));
    }
    preview.buttons(buttons);
  }

  /// Converts facts in JSON to fields of a preview.
  ///
  /// @param name key of a fact's name
  static List<Field> facts(JsonNode facts, String name) {
    var fields = new ArrayList<Field>();
    for (JsonNode fact : facts) {
      fields.add(
          new Field(fact.path(name).asText(), ChatText.markdown(fact.path("value").asText())));
    }
    return fields;
  }

  /// The JSON of a message card. If all texts are the defaults, the built-in message with facts and
  /// buttons is sent; otherwise only the expanded templates are sent.
  record Payload(MsTeamsConfig config, MessageDraft draft) {
    static final TextLimit TEXT = TextLimit.characters(20_000);
    private static final String RED = "8C1A1A";
    private static final String GREEN = "2DC72D";

    /// The markdown that Teams' cards support.
    static final Markup.Markdown MARKUP =
        text -> text.replaceAll("([\\\\*_`\\[\\]#~])", "\\\\$1").replace("<", "&lt;");

    Json payload() {
      boolean builtIn =
          draft.isBuiltIn(config.title(), DEFAULT_TITLE)
              && draft.isBuiltIn(config.summary(), DEFAULT_SUMMARY)
              && draft.isBuiltIn(config.text(), DEFAULT_TEXT);
      Json card =
          Json.object()
              .with("@context", "http://schema.org/extensions")
              // Connectors expect `@type`; they also accept `type`, which Alertmanager sends.
              .with(builtIn ? "@type" : "type", "MessageCard");
      card.putAll(builtIn ? builtIn() : templated());
      return card;
    }

    private Json templated() {
      Message message = draft.message();
      String title = draft.expand("title", config.title()).orElse(MessageText.title(message));
      String summary = draft.expand("summary", config.summary()).orElse(message.headline());
      String body = draft.expand("text", config.text()).orElseGet(() -> lines(draft));
      List<String> notes = draft.notes(MARKUP);
      return Json.object()
          .with("title", title)
          .with("summary", summary)
          .with(
              "text",
              TEXT.clip(body) + (notes.isEmpty() ? "" : "\n\n" + String.join("\n\n", notes)))
          .with("themeColor", message.firing() ? RED : GREEN);
    }

    /// Returns the built-in text with an empty line after each line, because Teams joins adjacent
    /// lines.
    static String lines(MessageDraft draft) {
      return draft.in(MARKUP).body(TEXT.max(), true).replace("\n", "\n\n");
    }

    private Json builtIn() {
      Message message = draft.message();
      MessageText text = draft.in(MARKUP);
      var lines = new ArrayList<>(text.details());
      lines.addAll(text.notes(List.of()));
      lines.add(MARKUP.escape(message.whySent()));
      lines.add(MARKUP.escape(message.delivery()));
      return Json.object()
          .with("title", MARKUP.escape(MessageText.title(message)))
          .with("summary", message.headline())
          .with("text", text.story())
          .with("themeColor", message.color().substring(1))
          .with(
              "sections",
              List.of(
                  Map.of("facts", facts(message, "name")),
                  Map.of("text", TEXT.fitting(lines).replace("\n", "\n\n"))))
          .with(
              "potentialAction",
              message.links(
                  (label, url) ->
                      Json.object()
                          .with("@type", "OpenUri")
                          .with("name", label)
                          .with(
                              "targets",
                              List.of(Json.object().with("os", "default").with("uri", url)))));
    }

    static List<Json> facts(Message message, String nameKey) {
      return MessageText.facts(message).stream()
          .map(
              fact ->
                  Json.object()
                      .with(nameKey, fact.name())
                      .with("value", MARKUP.escape(fact.value())))
          .toList();
    }
  }
}
