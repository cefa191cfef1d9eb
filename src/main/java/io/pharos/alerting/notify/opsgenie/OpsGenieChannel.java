package io.pharos.alerting.notify.opsgenie;

import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.channel.Channel;
import io.pharos.alerting.notify.channel.ChannelTools;
import io.pharos.alerting.notify.message.HttpCall;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.alertmanager.Section;
import io.pharos.config.http.SecretSource;

/// Opens an alert in Opsgenie while anything fires and closes it after, under one alias for each
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
    return new Defaults(
        global.folderUrl("opsgenie_api_url", "https://api.opsgenie.com/"),
        global.secret("opsgenie_api_key"));
  }

  /// @param apiUrl with a slash at its end
  /// @param apiKey may be unset
  record Defaults(String apiUrl, SecretSource apiKey) implements IntegrationDefaults {
    @Override
    public IntegrationConfig read(KeyReader keys) {
      return OpsGenieConfig.read(keys, apiUrl, apiKey);
    }

    @Override
    public void print(Section global) {
      global.put("opsgenie_api_url", apiUrl).putSecret("opsgenie_api_key", apiKey);
    }
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
                    .judge(body -> new NotifyResult.Sent(HttpPoster.shown(body)));
            if (!(result instanceof NotifyResult.Sent)) {
              return result;
            }
          }
          return result;
        });
  }
}
