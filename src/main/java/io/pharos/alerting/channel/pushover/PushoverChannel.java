package io.pharos.alerting.channel.pushover;

import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Button;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.http.FormBody;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Push messages by Pushover. The parameters are in the body: Alertmanager puts them into the URL,
/// which proxies log.
public enum PushoverChannel implements Channel<PushoverConfig> {
  INSTANCE;

  private static final String API = "https://api.pushover.net/1/messages.json";

  @Override
  public String type() {
    return "pushover";
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    return PushoverConfig::read;
  }

  @Override
  public Notifier notifier(PushoverConfig config, ChannelTools tools) {
    return notifier(config, tools, API);
  }

  /// @param url URL of the service, which is not configurable
  static Notifier notifier(PushoverConfig config, ChannelTools tools, String url) {
    return tools.calling(
        config.http(),
        (notification, receiver) -> {
          String token = config.token().read().orElse("");
          String user = config.userKey().read().orElse("");
          String form =
              FormBody.of(
                  new PushoverForm(config, tools.draft(INSTANCE, notification)).of(token, user));
          return receiver
              .call(new HttpCall("POST", url, FormBody.TYPE, form, Map.of()))
              .judge(PushoverChannel::judge);
        });
  }

  private static NotifyResult judge(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    OptionalLong status = answer.number("status");
    return status.isPresent() && status.getAsLong() == 1
        ? new NotifyResult.Sent("request " + answer.text("request").orElse("?"))
        : new NotifyResult.Rejected(
            "Pushover answered without status 1" + HttpPoster.excerpt(body));
  }

  @Override
  public void preview(ChatPreview preview) {
    Map<String, String> form = preview.form();
    String content = form.getOrDefault("message", "");
    preview.text(Style.TITLE, ChatText.plain(form.getOrDefault("title", "")));
    preview.text(
        Style.TEXT,
        "1".equals(form.get("html")) ? ChatText.html(content) : ChatText.plain(content));
    preview.buttons(
        List.of(new Button(form.getOrDefault("url_title", ""), form.getOrDefault("url", ""))));
  }
}
