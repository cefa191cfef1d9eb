package io.pharos.alerting.channel.msteams;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Button;
import io.pharos.alerting.mailbox.ChatPreview.Field;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Message cards to a Microsoft Teams connector. Connectors answer 200 even if Teams rejected the
/// card; the body has the error then.
public enum MsTeamsChannel implements Channel<MsTeamsConfig> {
  INSTANCE;

  private static final Pattern HTTP_ERROR = Pattern.compile("HTTP error (\\d{3})");

  @Override
  public String type() {
    return "msteams";
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    return MsTeamsConfig::read;
  }

  @Override
  public Notifier notifier(MsTeamsConfig config, ChannelTools tools) {
    return tools.posting(
        this,
        config.hook(),
        Duration.ZERO,
        draft -> new MsTeamsMessage(config, draft).payload(),
        MsTeamsChannel::judge);
  }

  static NotifyResult judge(String body) {
    Matcher error = HTTP_ERROR.matcher(body);
    if (!error.find()) {
      return new NotifyResult.Sent("accepted" + HttpPoster.excerpt(body));
    }
    String reason = "Teams refused the card" + HttpPoster.excerpt(body);
    int status = Integer.parseInt(error.group(1));
    return status == 429 || status / 100 == 5
        ? new NotifyResult.Retryable(reason, Optional.empty())
        : new NotifyResult.Rejected(reason);
  }

  @Override
  public void preview(ChatPreview preview) {
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
