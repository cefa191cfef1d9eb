package io.pharos.alerting.channel.feishu;

import io.pharos.alerting.channel.AccessToken;
import io.pharos.alerting.channel.AccessToken.Answer;
import io.pharos.alerting.channel.ChannelTools.Receiver;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.channel.RobotProtocol;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.http.SecretSource;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;

/// Calls Feishu's API as a custom app, with a `tenant_access_token`
/// (open.feishu.cn/document/server-docs). Every answer, whatever its status, has a code.
///
/// @param apiUrl address of Feishu or Lark, without a slash at the end
record FeishuApp(String apiUrl, String appId, SecretSource secret, AccessToken token) {
  /* 230020: more than five messages or edits a second in a group. 2200, 230049: try again. */
  private static final RobotProtocol ANSWER =
      new RobotProtocol(
          "Feishu", "code", "msg", Set.of(99991400L), Set.of(2200L, 230020L, 230049L));

  private static final Set<Long> BAD_TOKEN = Set.of(99991661L, 99991663L, 99991671L);

  /// Calls a method of the API.
  ///
  /// @throws IOException if a secret file cannot be read
  Outcome call(Receiver receiver, HttpCall call) throws IOException {
    return token.call(
        () -> login(receiver),
        text -> receiver.call(call.withHeader("Authorization", "Bearer " + text)),
        outcome -> BAD_TOKEN.contains(code(outcome).orElse(0)));
  }

  private Answer login(Receiver receiver) throws IOException {
    Json credentials =
        Json.object().with("app_id", appId).with("app_secret", secret.read().orElse(""));
    Outcome outcome =
        receiver.call(
            HttpCall.login(
                apiUrl + "/open-apis/auth/v3/tenant_access_token/internal",
                GoJson.write(credentials)));
    return switch (judge(outcome)) {
      case NotifyResult.Sent _ -> granted(JsonAnswer.of(body(outcome)));
      case NotifyResult failed -> new Answer.Refused(failed);
    };
  }

  private static Answer granted(JsonAnswer answer) {
    Duration life = Duration.ofSeconds(Math.clamp(answer.number("expire").orElse(0), 0, 7200));
    return answer
        .text("tenant_access_token")
        .<Answer>map(text -> new Answer.Granted(text, life))
        .orElseGet(
            () ->
                new Answer.Refused(
                    new NotifyResult.Retryable("Feishu answered without tenant_access_token")));
  }

  /// Converts an outcome to a result.
  static NotifyResult judge(Outcome outcome) {
    OptionalLong code = code(outcome);
    return switch (outcome) {
      case Outcome.Answered(_, String body) ->
          code.isPresent()
              ? ANSWER.judge(body)
              : new NotifyResult.Retryable(
                  "Feishu answered without code" + HttpPoster.excerpt(body));
      case Outcome.Failed(_, String body, NotifyResult.Rejected _)
          when code.isPresent() && code.getAsLong() != 0 ->
          ANSWER.judge(body);
      case Outcome.Failed failed -> failed.result();
    };
  }

  /// Returns the code of an answer; empty if there is none.
  static OptionalLong code(Outcome outcome) {
    return JsonAnswer.of(body(outcome)).number("code");
  }

  /// Returns the body of an answer.
  static String body(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Answered(_, String body) -> body;
      case Outcome.Failed(_, String body, _) -> body;
    };
  }
}
