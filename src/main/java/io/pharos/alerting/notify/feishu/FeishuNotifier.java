package io.pharos.alerting.notify.feishu;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.RobotAnswer;
import io.pharos.config.alertmanager.FeishuConfig;
import io.pharos.template.GoJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Posts cards to a Feishu (Lark) group bot. Only `code` 0 counts as success, whatever the status.
public final class FeishuNotifier implements Notifier {
  private static final RobotAnswer ANSWER =
      new RobotAnswer("Feishu", "code", "msg", Set.of(11232L, 99991400L), Set.of());

  private final FeishuConfig config;
  private final HttpPoster poster;
  private final InstantSource clock;
  private final FeishuCard cards;

  public FeishuNotifier(
      FeishuConfig config,
      HttpPoster poster,
      MessageTemplates templates,
      MessageComposer composer,
      InstantSource clock) {
    this.config = requireNonNull(config, "config is null");
    this.poster = requireNonNull(poster, "poster is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.cards = new FeishuCard(config, templates, composer);
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    String url;
    var payload = new LinkedHashMap<String, Object>();
    try {
      url = config.webhookUrl().read().orElse("");
      Optional<String> secret = config.secret().read();
      if (secret.isPresent()) {
        long seconds = clock.instant().getEpochSecond();
        payload.put("timestamp", Long.toString(seconds));
        payload.put("sign", sign(secret.get(), seconds));
      }
    } catch (IOException e) {
      return new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty());
    }
    payload.putAll(cards.payload(notification));
    return poster
        .post(url, GoJson.write(payload), notification.deliveryId(), config.timeout(), deadline)
        .judge(ANSWER::judge);
  }

  /// Base64 of the HMAC-SHA256 over nothing, with `time\nsecret` as the key.
  static String sign(String secret, long seconds) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      byte[] key = (seconds + "\n" + secret).getBytes(StandardCharsets.UTF_8);
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return Base64.getEncoder().encodeToString(mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256 is missing", e);
    }
  }
}
