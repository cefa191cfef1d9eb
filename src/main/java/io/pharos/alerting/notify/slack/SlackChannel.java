package io.pharos.alerting.notify.slack;

import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.channel.Channel;
import io.pharos.alerting.notify.channel.ChannelTools;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.SecretSource;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Messages to a Slack incoming webhook. Only the answer `ok` counts as success, whatever the
/// status.
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
            : "Slack refused the message" + HttpPoster.shown(answer);
    return PASSING.contains(code)
        ? new NotifyResult.Retryable(reason, Optional.empty())
        : new NotifyResult.Rejected(reason);
  }
}
