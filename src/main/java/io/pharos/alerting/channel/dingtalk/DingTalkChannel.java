package io.pharos.alerting.channel.dingtalk;

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
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// Messages to a DingTalk group robot. Only `errcode` 0 means success, whatever the status.
public enum DingTalkChannel implements Channel<DingTalkConfig> {
  INSTANCE;

  private static final RobotProtocol ANSWER =
      new RobotProtocol("DingTalk", "errcode", "errmsg", Set.of(130101L), Set.of(-1L));

  @Override
  public String type() {
    return "dingtalk";
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
    return DingTalkConfig::read;
  }

  @Override
  public Notifier notifier(DingTalkConfig config, ChannelTools tools) {
    return tools.calling(
        config.hook().http(),
        config.timeout(),
        (notification, receiver) -> {
          String webhook = config.hook().webhookUrl().read().orElse("");
          String url =
              config
                  .secret()
                  .read()
                  .map(secret -> signed(webhook, secret, tools.clock().millis()))
                  .orElse(webhook);
          return receiver
              .post(url, new DingTalkMessage(config, tools.draft(this, notification)).payload())
              .judge(ANSWER::judge);
        });
  }

  /// Returns the URL with a timestamp and its signature: Base64 of HMAC-SHA256 over `time\nsecret`.
  static String signed(String url, String secret, long millis) {
    String sign =
        URLEncoder.encode(
            RobotProtocol.sign(secret, millis + "\n" + secret), StandardCharsets.UTF_8);
    return url + (url.contains("?") ? "&" : "?") + "timestamp=" + millis + "&sign=" + sign;
  }

  @Override
  public void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    JsonNode card = json.has("actionCard") ? json.path("actionCard") : json.path("markdown");
    preview.text(Style.LINE, ChatText.plain(card.path("title").asText()));
    preview.text(Style.TEXT, ChatText.markdown(card.path("text").asText()));
    preview.buttons(card.path("btns"), "title", "actionURL");
  }
}
