package io.pharos.alerting.channel.msteams;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ChatWebhook;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Configuration of adaptive cards to a Microsoft Teams workflow (`msteamsv2_configs`). If both
/// texts are the defaults, the built-in message with facts and buttons is sent; otherwise only the
/// expanded templates are sent.
public record MsTeamsV2Config(
    ChatWebhook hook, @Text(DEFAULT_TITLE) String title, @Text(DEFAULT_TEXT) String text)
    implements Channel.Chat {
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.of("msteamsv2", MsTeamsV2Config.class, MsTeamsV2Config::preview);

  static final String DEFAULT_TITLE = "{{ template \"msteamsv2.default.title\" . }}";
  static final String DEFAULT_TEXT = "{{ template \"msteamsv2.default.text\" . }}";

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Json payload(MessageDraft draft) {
    boolean builtIn = draft.isBuiltIn(title, DEFAULT_TITLE) && draft.isBuiltIn(text, DEFAULT_TEXT);
    Json content =
        Json.object()
            .with("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
            .with("type", "AdaptiveCard")
            .with("version", "1.2")
            .with("body", builtIn ? builtIn(draft) : templated(draft))
            .with("msteams", Map.of("width", "full"));
    if (builtIn) {
      content.put(
          "actions",
          draft
              .message()
              .links(
                  (label, url) ->
                      Json.object()
                          .with("type", "Action.OpenUrl")
                          .with("title", label)
                          .with("url", url)));
    }
    return Json.object()
        .with("type", "message")
        .with(
            "attachments",
            List.of(
                Json.object()
                    .with("contentType", "application/vnd.microsoft.card.adaptive")
                    .with("contentUrl", null)
                    .with("content", content)));
  }

  private List<Object> templated(MessageDraft draft) {
    String heading = draft.expand("title", title).orElse(MessageText.title(draft.message()));
    String content = draft.expand("text", text).orElseGet(() -> MsTeamsConfig.Payload.lines(draft));
    var body = new ArrayList<Object>();
    body.add(heading(draft, heading));
    body.add(block(MsTeamsConfig.Payload.TEXT.clip(content)));
    draft.notes(MsTeamsConfig.Payload.MARKUP).forEach(note -> body.add(block(note)));
    return body;
  }

  private static List<Object> builtIn(MessageDraft draft) {
    Message message = draft.message();
    Markup markup = MsTeamsConfig.Payload.MARKUP;
    MessageText words = draft.in(markup);
    var body = new ArrayList<Object>();
    body.add(heading(draft, markup.escape(MessageText.title(message))));
    if (!words.story().isEmpty()) {
      body.add(block(words.story()));
    }
    body.add(
        Json.object()
            .with("type", "FactSet")
            .with("facts", MsTeamsConfig.Payload.facts(message, "title")));
    words.details().forEach(line -> body.add(block(line)));
    words.notes(List.of()).forEach(line -> body.add(block(line)));
    Json footer = block(words.footer());
    footer.put("isSubtle", true);
    footer.put("size", "Small");
    body.add(footer);
    return body;
  }

  private static Json heading(MessageDraft draft, String text) {
    return Json.object()
        .with("type", "TextBlock")
        .with("text", text)
        .with("weight", "Bolder")
        .with("size", "Medium")
        .with("wrap", true)
        .with("style", "heading")
        .with("color", draft.message().firing() ? "Attention" : "Good");
  }

  private static Json block(String text) {
    return Json.object().with("type", "TextBlock").with("text", text).with("wrap", true);
  }

  @Override
  public NotifyResult judge(String body) {
    return MsTeamsConfig.judged(body);
  }

  private static void preview(ChatPreview preview) {
    JsonNode card = preview.json().at("/attachments/0/content");
    for (JsonNode block : card.path("body")) {
      if (block.path("type").asText().equals("FactSet")) {
        preview.fields(MsTeamsConfig.facts(block.path("facts"), "title"));
        continue;
      }
      boolean heading = block.path("weight").asText().equals("Bolder");
      if (heading) {
        preview.setColor(
            switch (block.path("color").asText()) {
              case "Attention" -> "#c62828";
              case "Warning" -> "#b26a00";
              case "Good" -> "#2e7d32";
              default -> ChatPreview.GREY;
            });
      }
      preview.text(
          heading ? Style.TITLE : block.path("isSubtle").asBoolean() ? Style.SMALL : Style.TEXT,
          ChatText.markdown(block.path("text").asText()));
    }
    preview.buttons(card.path("actions"), "title", "url");
  }
}
