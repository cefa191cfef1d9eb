package io.pharos.alerting.notify.wechat;

import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.channel.Channel;
import io.pharos.alerting.notify.channel.ChannelTools;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.alertmanager.Section;
import io.pharos.config.http.SecretSource;

/// Messages of a WeCom (WeChat Work) application.
public enum WeChatChannel implements Channel<WeChatConfig> {
  INSTANCE;

  @Override
  public String type() {
    return "wechat";
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    return new Defaults(
        global.folderUrl("wechat_api_url", "https://qyapi.weixin.qq.com/cgi-bin/"),
        global.secret("wechat_api_secret"),
        global.map().string("wechat_api_corp_id", ""));
  }

  /// @param apiUrl with a slash at its end
  /// @param apiSecret may be unset
  /// @param corpId empty for none
  record Defaults(String apiUrl, SecretSource apiSecret, String corpId)
      implements IntegrationDefaults {
    @Override
    public IntegrationConfig read(KeyReader keys) {
      return WeChatConfig.read(keys, this);
    }

    @Override
    public void print(Section global) {
      global
          .put("wechat_api_url", apiUrl)
          .putSecret("wechat_api_secret", apiSecret)
          .putText("wechat_api_corp_id", corpId);
    }
  }

  @Override
  public Notifier notifier(WeChatConfig config, ChannelTools tools) {
    return tools.calling(config.http(), new WeChatSender(config, tools));
  }
}
