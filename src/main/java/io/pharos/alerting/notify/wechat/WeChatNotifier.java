package io.pharos.alerting.notify.wechat;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.message.HttpCall;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.JsonAnswer;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.RobotAnswer;
import io.pharos.alerting.notify.message.TemplateRun;
import io.pharos.config.alertmanager.WeChatConfig;
import io.pharos.http.FormBody;
import io.pharos.template.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Sends messages of a WeCom application. Needs an access token, which is kept until it expires.
/// Only `errcode` 0 counts as success, whatever the status.
public final class WeChatNotifier implements Notifier {
  private static final RobotAnswer ANSWER =
      new RobotAnswer("WeChat", "errcode", "errmsg", Set.of(45009L, 45033L), Set.of(-1L));
  private static final Set<Long> BAD_TOKEN = Set.of(40014L, 41001L, 42001L);

  /* As long as Alertmanager keeps it; WeCom's tokens live for two hours. */
  private static final Duration TOKEN_LIFE = Duration.ofHours(2);
  private static final Duration MARGIN = Duration.ofMinutes(1);

  private final WeChatConfig config;
  private final HttpPoster poster;
  private final MessageTemplates templates;
  private final MessageComposer composer;
  private final InstantSource clock;
  private final WeChatMessage messages;
  private final ReentrantLock fetching = new ReentrantLock();
  private volatile @Nullable Token token;

  public WeChatNotifier(
      WeChatConfig config,
      HttpPoster poster,
      MessageTemplates templates,
      MessageComposer composer,
      InstantSource clock) {
    this.config = requireNonNull(config, "config is null");
    this.poster = requireNonNull(poster, "poster is null");
    this.templates = requireNonNull(templates, "templates is null");
    this.composer = requireNonNull(composer, "composer is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.messages = new WeChatMessage(config, templates, composer);
  }

  private record Token(String text, Instant until) {}

  /// A token, or why there is none.
  private sealed interface TokenResult {
    record Got(String text) implements TokenResult {}

    record Missing(NotifyResult result) implements TokenResult {}
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    return switch (token(notification, deadline)) {
      case TokenResult.Missing(var result) -> result;
      case TokenResult.Got(String text) ->
          poster
              .post(
                  config.apiUrl() + "message/send?" + FormBody.of(Map.of("access_token", text)),
                  GoJson.write(messages.payload(notification)),
                  notification.deliveryId(),
                  Duration.ZERO,
                  deadline)
              .judge(this::judge);
    };
  }

  private NotifyResult judge(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    OptionalLong code = answer.number("errcode");
    if (code.isPresent() && BAD_TOKEN.contains(code.getAsLong())) {
      token = null;
      return new NotifyResult.Retryable(
          "WeChat wants a new token" + HttpPoster.shown(body), Optional.empty());
    }
    NotifyResult result = ANSWER.judge(body);
    Optional<String> unknown = answer.text("invaliduser");
    return result instanceof NotifyResult.Sent && unknown.isPresent()
        ? new NotifyResult.Sent("errcode 0, but not to" + HttpPoster.shown(unknown.get()))
        : result;
  }

  private TokenResult token(Notification notification, Instant deadline) {
    fetching.lock();
    try {
      Token kept = token;
      if (kept != null && clock.instant().isBefore(kept.until())) {
        return new TokenResult.Got(kept.text());
      }
      return fetch(notification, deadline);
    } finally {
      fetching.unlock();
    }
  }

  private TokenResult fetch(Notification notification, Instant deadline) {
    var run = new TemplateRun(templates, notification, composer.compose(notification).times());
    String secret;
    try {
      secret = run.text("wechat api_secret", config.apiSecret().read().orElse("")).orElse("");
    } catch (IOException e) {
      return new TokenResult.Missing(
          new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty()));
    }
    String corpId = run.text("wechat corp_id", config.corpId()).orElse("");
    String query = FormBody.of(Map.of("corpid", corpId, "corpsecret", secret));
    var outcome =
        poster.call(
            HttpCall.get(config.apiUrl() + "gettoken?" + query),
            notification.deliveryId(),
            Duration.ZERO,
            deadline);
    return switch (outcome) {
      case HttpPoster.Outcome.Answered(_, String body) -> read(body);
      case HttpPoster.Outcome.Refused(_, _, var result) -> new TokenResult.Missing(result);
      case HttpPoster.Outcome.Failed(var result) -> new TokenResult.Missing(result);
    };
  }

  private TokenResult read(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    Optional<String> text = answer.text("access_token");
    if (text.isEmpty()) {
      NotifyResult result = ANSWER.judge(body);
      return new TokenResult.Missing(
          result instanceof NotifyResult.Sent
              ? new NotifyResult.Rejected("WeChat gave no access_token")
              : result);
    }
    OptionalLong seconds = answer.number("expires_in");
    Duration life =
        seconds.isPresent() ? Duration.ofSeconds(seconds.getAsLong()).minus(MARGIN) : TOKEN_LIFE;
    token = new Token(text.get(), clock.instant().plus(life));
    return new TokenResult.Got(text.get());
  }
}
