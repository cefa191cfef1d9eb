package io.pharos.notify.dingtalk;

import static java.util.Objects.requireNonNull;

import io.pharos.alertmanager.DingTalkConfig;
import io.pharos.notify.Notification;
import io.pharos.notify.Notifier;
import io.pharos.notify.NotifyResult;
import io.pharos.notify.message.HttpPoster;
import io.pharos.notify.message.MessageComposer;
import io.pharos.notify.message.MessageTemplates;
import io.pharos.template.GoJson;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Posts to a DingTalk group robot. Only `errcode` 0 counts as success, whatever the status.
public final class DingTalkNotifier implements Notifier {
  private static final Pattern CODE = Pattern.compile("\"errcode\"\\s*:\\s*(-?\\d{1,9})");
  private static final Pattern TEXT = Pattern.compile("\"errmsg\"\\s*:\\s*\"([^\"]*)\"");
  private static final int SYSTEM_BUSY = -1;
  private static final int TOO_FAST = 130101;

  /* A robot takes 20 messages a minute; after more it takes none for a while. */
  private static final Duration PAUSE = Duration.ofMinutes(1);

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
    var outcome =
        poster.post(
            config.http(),
            url,
            GoJson.write(messages.payload(notification)),
            notification.deliveryId(),
            config.timeout(),
            deadline);
    return switch (outcome) {
      case HttpPoster.Outcome.Answered(_, String body) -> judge(body);
      case HttpPoster.Outcome.Failed(var result) -> result;
    };
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

  private static NotifyResult judge(String body) {
    Matcher code = CODE.matcher(body);
    if (!code.find()) {
      return new NotifyResult.Rejected(
          "DingTalk answered without errcode, expected errcode 0" + HttpPoster.shown(body));
    }
    int errorCode = Integer.parseInt(code.group(1));
    if (errorCode == 0) {
      return new NotifyResult.Sent("errcode 0");
    }
    Matcher text = TEXT.matcher(body);
    String reason =
        "DingTalk answered errcode "
            + errorCode
            + (text.find() ? HttpPoster.shown(text.group(1)) : "");
    return switch (errorCode) {
      case TOO_FAST -> new NotifyResult.Retryable(reason, Optional.of(PAUSE));
      case SYSTEM_BUSY -> new NotifyResult.Retryable(reason, Optional.empty());
      default -> new NotifyResult.Rejected(reason);
    };
  }
}
