package io.pharos.alerting.channel.wecom;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.RobotProtocol;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.pharos.RateLimit;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// Messages to a WeCom group bot. Only `errcode` 0 means success, whatever the status.
public enum WeComChannel implements Channel<WeComConfig> {
  INSTANCE;

  private static final RobotProtocol ANSWER =
      new RobotProtocol("WeCom", "errcode", "errmsg", Set.of(45009L), Set.of(-1L));

  @Override
  public String type() {
    return "wecom";
  }

  @Override
  public boolean isPharosOnly() {
    return true;
  }

  /// The robot's limit, after which it is blocked for minutes.
  @Override
  public Optional<RateLimit> limit() {
    return Optional.of(new RateLimit(20, Duration.ofMinutes(1)));
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    return WeComConfig::read;
  }

  @Override
  public Notifier notifier(WeComConfig config, ChannelTools tools) {
    return tools.posting(
        this,
        config.hook(),
        config.timeout(),
        draft -> new WeComMessage(config, draft).payload(),
        ANSWER::judge);
  }

  @Override
  public void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    String type = json.path("msgtype").asText();
    String content = json.path(type).path("content").asText();
    preview.text(
        Style.TEXT, type.equals("markdown") ? ChatText.markdown(content) : ChatText.html(content));
  }
}
