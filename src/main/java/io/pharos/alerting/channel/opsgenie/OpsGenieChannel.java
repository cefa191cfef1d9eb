package io.pharos.alerting.channel.opsgenie;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.SecretSource;

/// Opens an alert in Opsgenie while any alert fires and closes it afterwards, with one alias per
/// group.
public enum OpsGenieChannel implements Channel<OpsGenieConfig> {
  INSTANCE;

  @Override
  public String type() {
    return "opsgenie";
  }

  @Override
  public boolean opensIncidents() {
    return true;
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    String url = global.folderUrl("opsgenie_api_url", "https://api.opsgenie.com/");
    SecretSource key = global.secret("opsgenie_api_key");
    return IntegrationDefaults.of(
        keys -> OpsGenieConfig.read(keys, url, key),
        section -> section.put("opsgenie_api_url", url).putSecret("opsgenie_api_key", key));
  }

  @Override
  public Notifier notifier(OpsGenieConfig config, ChannelTools tools) {
    return tools.calling(
        config.http(),
        (notification, receiver) -> {
          String key = config.apiKey().read().orElse("");
          String authorization =
              "GenieKey " + tools.draft(this, notification).text("api_key", key).strip();
          var requests = new OpsGenieRequests(config, tools.draft(this, notification));
          NotifyResult result = new NotifyResult.Sent("");
          for (HttpCall call : requests.all()) {
            result =
                receiver
                    .call(call.withHeader("Authorization", authorization))
                    .judge(body -> new NotifyResult.Sent(HttpPoster.excerpt(body)));
            if (!(result instanceof NotifyResult.Sent)) {
              return result;
            }
          }
          return result;
        });
  }

  @Override
  public void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    preview.text(Style.SMALL, ChatText.plain(json.path("priority").asText()));
    preview.text(Style.TITLE, ChatText.plain(json.path("message").asText()));
    preview.text(Style.TEXT, ChatText.plain(json.path("description").asText()));
  }
}
