package io.pharos.alerting.notify.dingtalk;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.RobotAnswer;
import io.pharos.config.alertmanager.DingTalkConfig;
import io.pharos.template.GoJson;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Posts to a DingTalk group robot. Only `errcode` 0 counts as success, whatever the status.
public final class DingTalkNotifier implements Notifier {
  private static final RobotAnswer ANSWER =
      new RobotAnswer("DingTalk", "errcode", "errmsg", Set.of(130101L), Set.of(-1L));

  private final DingTalkConfig config;
  private final HttpPoster poster;
  private final InstantSource clock;
  private final DingTalkMessage messages;

  public DingTalkNotifier(
      DingTalkConfig config,
      HttpPoster poster,
      MessageTemplates templates,
      MessageComposer composer,
      InstantSource clock) {
    this.config = requireNonNull(config, "config is null");
    this.poster = requireNonNull(poster, "poster is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.messages = new DingTalkMessage(config, templates, composer);
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    String url;
    try {
      String webhook = config.webhookUrl().read().orElse("");
      Optional<String> secret = config.secret().read();
      url = secret.isPresent() ? signed(webhook, secret.get(), clock.millis()) : webhook;
    } catch (IOException e) {
      return new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty());
    }
    return poster
        .post(
            url,
            GoJson.write(messages.payload(notification)),
            notification.deliveryId(),
            config.timeout(),
            deadline)
        .judge(ANSWER::judge);
  }

  /// The address with the time and its signature: Base64 of HMAC-SHA256 over `time\nsecret`.
  static String signed(String url, String secret, long millis) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      byte[] hash = mac.doFinal((millis + "\n" + secret).getBytes(StandardCharsets.UTF_8));
      String sign =
          URLEncoder.encode(Base64.getEncoder().encodeToString(hash), StandardCharsets.UTF_8);
      return url + (url.contains("?") ? "&" : "?") + "timestamp=" + millis + "&sign=" + sign;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256 is missing", e);
    }
  }
}
