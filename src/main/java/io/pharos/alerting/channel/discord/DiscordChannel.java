package io.pharos.alerting.channel.discord;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import java.time.Duration;

/// Messages to a Discord webhook.
public enum DiscordChannel implements Channel<DiscordConfig> {
  INSTANCE;

  @Override
  public String type() {
    return "discord";
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    return DiscordConfig::read;
  }

  @Override
  public Notifier notifier(DiscordConfig config, ChannelTools tools) {
    return tools.posting(
        this,
        config.hook(),
        Duration.ZERO,
        draft -> new DiscordMessage(config, draft).payload(),
        body -> new NotifyResult.Sent("accepted" + HttpPoster.excerpt(body)));
  }

  @Override
  public void preview(ChatPreview preview) {
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
