package io.pharos.alerting.channel.wechat;

import io.pharos.alerting.channel.AccessToken;
import io.pharos.alerting.channel.AccessToken.Answer;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.channel.RobotProtocol;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.http.FormBody;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Sends messages of a WeCom application. The application's access token is reused until it
/// expires. WeCom answers errors with HTTP 200 too, so a 2xx answer counts as success only with
/// `errcode` 0.
final class WeChatSender implements ChannelTools.Exchange {
  private static final RobotProtocol ANSWER =
      new RobotProtocol("WeChat", "errcode", "errmsg", Set.of(45009L, 45033L), Set.of(-1L));
  private static final Set<Long> BAD_TOKEN = Set.of(40014L, 41001L, 42001L);

  /* How long a token is reused if WeCom does not say when it expires. Alertmanager reuses tokens
   * for the same time. */
  private static final Duration TOKEN_LIFE = Duration.ofHours(2);

  private final WeChatConfig config;
  private final ChannelTools tools;
  private final AccessToken token;

  WeChatSender(WeChatConfig config, ChannelTools tools) {
    this.config = config;
    this.tools = tools;
    this.token = new AccessToken(tools.clock());
  }

  @Override
  public NotifyResult send(Notification notification, ChannelTools.Receiver receiver)
      throws IOException {
    return token
        .call(
            () -> fetch(tools.draft(config, notification), receiver),
            text ->
                receiver.post(
                    config.apiUrl() + "message/send?" + FormBody.of(Map.of("access_token", text)),
                    new WeChatConfig.Payload(config, tools.draft(config, notification)).payload()),
            WeChatSender::isTokenRefused)
        .judge(WeChatSender::judge);
  }

  private static boolean isTokenRefused(HttpPoster.Outcome outcome) {
    return outcome instanceof HttpPoster.Outcome.Answered(_, String body)
        && BAD_TOKEN.contains(JsonAnswer.of(body).number("errcode").orElse(0));
  }

  private static NotifyResult judge(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    if (BAD_TOKEN.contains(answer.number("errcode").orElse(0))) {
      return new NotifyResult.Retryable(
          "WeChat rejected the access token; the next attempt requests a new one"
              + HttpPoster.excerpt(body));
    }
    NotifyResult result = ANSWER.judge(body);
    Optional<String> invalidUsers = answer.text("invaliduser");
    return result instanceof NotifyResult.Sent && invalidUsers.isPresent()
        ? new NotifyResult.Sent(
            "WeChat answered errcode 0, but did not deliver the message to"
                + HttpPoster.excerpt(invalidUsers.get()))
        : result;
  }

  private Answer fetch(MessageDraft draft, ChannelTools.Receiver receiver) throws IOException {
    String secret = draft.text("api_secret", config.apiSecret().read().orElse(""));
    String corpId = draft.text("corp_id", config.corpId());
    String query = FormBody.of(Map.of("corpid", corpId, "corpsecret", secret));
    return switch (receiver.call(HttpCall.get(config.apiUrl() + "gettoken?" + query))) {
      case HttpPoster.Outcome.Answered(_, String body) -> read(body);
      case HttpPoster.Outcome.Failed failed -> new Answer.Refused(failed.result());
    };
  }

  private static Answer read(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    Optional<String> text = answer.text("access_token");
    if (text.isEmpty()) {
      NotifyResult result = ANSWER.judge(body);
      return new Answer.Refused(
          result instanceof NotifyResult.Sent
              ? new NotifyResult.Rejected("WeChat answered without access_token")
              : result);
    }
    OptionalLong seconds = answer.number("expires_in");
    return new Answer.Granted(
        text.get(), seconds.isPresent() ? Duration.ofSeconds(seconds.getAsLong()) : TOKEN_LIFE);
  }
}
