package io.pharos.alerting.channel.msteams;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import java.time.Duration;

/// Adaptive cards to a Microsoft Teams workflow.
public enum MsTeamsV2Channel implements Channel<MsTeamsV2Config> {
  INSTANCE;

  @Override
  public String type() {
    return "msteamsv2";
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    return MsTeamsV2Config::read;
  }

  @Override
  public Notifier notifier(MsTeamsV2Config config, ChannelTools tools) {
    return tools.posting(
        this,
        config.hook(),
        Duration.ZERO,
        draft -> new MsTeamsV2Message(config, draft).payload(),
        MsTeamsChannel::judge);
  }

  @Override
  public void preview(ChatPreview preview) {
    JsonNode card = preview.json().at("/attachments/0/content");
    for (JsonNode block : card.path("body")) {
      if (block.path("type").asText().equals("FactSet")) {
        preview.fields(MsTeamsChannel.facts(block.path("facts"), "title"));
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
