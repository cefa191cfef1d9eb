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
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ChatWebhook;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Message cards to a Microsoft Teams connector (`msteams_configs`). Connectors answer 200 even if
/// Teams rejected the card; the body has the error then.
public record MsTeamsConfig(
    ChatWebhook hook,
    @Text(DEFAULT_TITLE) String title,
    @Text(DEFAULT_SUMMARY) String summary,
    @Text(DEFAULT_TEXT) String text)
    implements Channel.Chat {
  /// The channel.
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
    return new MsTeamsMessage(this, draft).payload();
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

  /// Converts facts to fields.
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
}
