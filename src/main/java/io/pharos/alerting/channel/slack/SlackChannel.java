package io.pharos.alerting.channel.slack;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Field;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.SecretSource;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Messages to a Slack incoming webhook. Only the answer `ok` means success, whatever the status.
public enum SlackChannel implements Channel<SlackConfig> {
  INSTANCE;

  private static final Pattern JSON_OK =
      Pattern.compile("^\\s*\\{.*\"ok\"\\s*:\\s*true\\b", Pattern.DOTALL);
  private static final Pattern ERROR = Pattern.compile("\"error\"\\s*:\\s*\"([^\"]*)\"");
  private static final Set<String> PASSING =
      Set.of(
          "ratelimited",
          "rate_limited",
          "message_limit_exceeded",
          "internal_error",
          "fatal_error",
          "service_unavailable",
          "request_timeout",
          "rollup_error",
          "accesslimited");

  @Override
  public String type() {
    return "slack";
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    SecretSource url = global.secretUrl("slack_api_url");
    return IntegrationDefaults.of(
        keys -> SlackConfig.read(keys, url), section -> section.putSecret("slack_api_url", url));
  }

  @Override
  public Notifier notifier(SlackConfig config, ChannelTools tools) {
    return tools.posting(
        this,
        config.http(),
        config.timeout(),
        config.apiUrl(),
        draft -> new SlackMessage(config, draft).payload(),
        SlackChannel::judge);
  }

  private static NotifyResult judge(String body) {
    String answer = body.strip();
    if (answer.equals("ok") || JSON_OK.matcher(answer).find()) {
      return new NotifyResult.Sent("ok");
    }
    Matcher error = ERROR.matcher(answer);
    String code = error.find() ? error.group(1) : answer;
    String reason =
        answer.isEmpty()
            ? "Slack answered nothing, expected ok"
            : "Slack refused the message" + HttpPoster.excerpt(answer);
    return PASSING.contains(code)
        ? new NotifyResult.Retryable(reason, Optional.empty())
        : new NotifyResult.Rejected(reason);
  }

  @Override
  public void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    preview.text(Style.LINE, ChatText.slack(json.path("text").asText()));
    for (JsonNode attachment : json.path("attachments")) {
      String named = attachment.path("color").asText();
      preview.setColor(
          switch (named) {
            case "danger" -> "#a30200";
            case "warning" -> "#daa038";
            case "good" -> "#2eb886";
            default -> named;
          });
      preview.text(Style.LINE, ChatText.slack(attachment.path("pretext").asText()));
      preview.title(
          ChatText.slack(attachment.path("title").asText()),
          attachment.path("title_link").asText());
      preview.text(Style.TEXT, ChatText.slack(attachment.path("text").asText()));
      var fields = new ArrayList<Field>();
      for (JsonNode one : attachment.path("fields")) {
        fields.add(
            new Field(one.path("title").asText(), ChatText.slack(one.path("value").asText())));
      }
      preview.fields(fields);
      preview.buttons(attachment.path("actions"), "text", "url");
      preview.text(Style.SMALL, ChatText.slack(attachment.path("footer").asText()));
    }
  }
}
