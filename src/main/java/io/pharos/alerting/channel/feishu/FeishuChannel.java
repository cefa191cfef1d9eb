package io.pharos.alerting.channel.feishu;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.RobotProtocol;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Field;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.pharos.RateLimit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Set;

/// Cards to a Feishu (Lark) group bot. Only `code` 0 means success, whatever the status.
public enum FeishuChannel implements Channel<FeishuConfig> {
  INSTANCE;

  private static final RobotProtocol ANSWER =
      new RobotProtocol("Feishu", "code", "msg", Set.of(11232L, 99991400L), Set.of());

  @Override
  public String type() {
    return "feishu";
  }

  @Override
  public boolean isPharosOnly() {
    return true;
  }

  /// The robot's limit, after which it is blocked for minutes.
  @Override
  public Optional<RateLimit> limit() {
    return Optional.of(new RateLimit(100, Duration.ofMinutes(1)));
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    return FeishuConfig::read;
  }

  @Override
  public Notifier notifier(FeishuConfig config, ChannelTools tools) {
    return tools.calling(
        config.hook().http(),
        config.timeout(),
        (notification, receiver) -> {
          Json payload = Json.object();
          Optional<String> secret = config.secret().read();
          if (secret.isPresent()) {
            long seconds = tools.clock().instant().getEpochSecond();
            payload
                .with("timestamp", Long.toString(seconds))
                .with("sign", sign(secret.get(), seconds));
          }
          payload.putAll(new FeishuCard(config, tools.draft(this, notification)).payload());
          return receiver.post(config.hook().webhookUrl(), payload).judge(ANSWER::judge);
        });
  }

  /// Signs a time: Base64 of HMAC-SHA256 over an empty text, with the key `time\nsecret`.
  static String sign(String secret, long seconds) {
    return RobotProtocol.sign(seconds + "\n" + secret, "");
  }

  @Override
  public void preview(ChatPreview preview) {
    JsonNode card = preview.json().path("card");
    preview.setColor(
        switch (card.at("/header/template").asText()) {
          case "red", "carmine" -> "#f54a45";
          case "orange", "yellow" -> "#ff811a";
          case "green" -> "#2ea121";
          default -> "#3370ff";
        });
    preview.text(Style.TITLE, ChatText.plain(card.at("/header/title/content").asText()));
    for (JsonNode element : card.path("elements")) {
      var fields = new ArrayList<Field>();
      for (JsonNode one : element.path("fields")) {
        fields.add(new Field("", ChatText.markdown(one.at("/text/content").asText())));
      }
      preview.fields(fields);
      preview.text(Style.TEXT, ChatText.markdown(element.at("/text/content").asText()));
      preview.buttons(element.path("actions"), "text", "url");
      for (JsonNode note : element.path("elements")) {
        preview.text(Style.SMALL, ChatText.plain(note.path("content").asText()));
      }
    }
  }
}
