package io.pharos.alerting.channel.wechat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
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
    String url = global.folderUrl("wechat_api_url", "https://qyapi.weixin.qq.com/cgi-bin/");
    SecretSource secret = global.secret("wechat_api_secret");
    String corpId = global.map().string("wechat_api_corp_id", "");
    return IntegrationDefaults.of(
        keys -> WeChatConfig.read(keys, url, secret, corpId),
        section ->
            section
                .put("wechat_api_url", url)
                .putSecret("wechat_api_secret", secret)
                .putText("wechat_api_corp_id", corpId));
  }

  @Override
  public Notifier notifier(WeChatConfig config, ChannelTools tools) {
    return tools.calling(config.http(), new WeChatSender(config, tools));
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
