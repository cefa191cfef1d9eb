package io.pharos.alerting.channel.dingtalk;

import io.pharos.alerting.channel.AccessToken;
import io.pharos.alerting.channel.AccessToken.Answer;
import io.pharos.alerting.channel.ChannelTools.Receiver;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.http.SecretSource;
import io.pharos.model.SharedMapper;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/// Calls DingTalk's API (`api.dingtalk.com/v1.0`) as an app, with an access token. A refusal has a
/// status that is not 2xx and a code in words.
///
/// @param apiUrl address of the API, without a slash at the end
record DingTalkApp(String apiUrl, String clientId, SecretSource secret, AccessToken token) {
  private static final int UNAUTHORIZED = 401;

  private static final Pattern TOO_OFTEN =
      Pattern.compile("(?:Forbidden\\.AccessDenied\\.QpsLimit|Throttling).*");

  /* The limits are per second. */
  private static final Duration PAUSE = Duration.ofSeconds(2);

  /// Calls a method of the API.
  ///
  /// @throws IOException if a secret file cannot be read
  Outcome call(Receiver receiver, HttpCall call) throws IOException {
    return token.call(
        () -> login(receiver),
        text -> receiver.call(call.withHeader("x-acs-dingtalk-access-token", text)),
        outcome ->
            outcome instanceof Outcome.Failed(int status, String body, _)
                && (status == UNAUTHORIZED || code(body).equals("InvalidAuthentication")));
  }

  private Answer login(Receiver receiver) throws IOException {
    Json credentials =
        Json.object().with("appKey", clientId).with("appSecret", secret.read().orElse(""));
    Outcome outcome =
        receiver.call(
            HttpCall.login(apiUrl + "/v1.0/oauth2/accessToken", GoJson.write(credentials)));
    return switch (outcome) {
      case Outcome.Failed _ -> new Answer.Refused(judge(outcome));
      case Outcome.Answered(_, String body) -> {
        JsonAnswer answer = JsonAnswer.of(body);
        Optional<String> text = answer.text("accessToken");
        long seconds = Math.clamp(answer.number("expireIn").orElse(0), 0, 7200);
        yield text.isPresent()
            ? new Answer.Granted(text.get(), Duration.ofSeconds(seconds))
            : new Answer.Refused(
                new NotifyResult.Retryable("DingTalk answered without accessToken"));
      }
    };
  }

  /// Converts an outcome to a result.
  static NotifyResult judge(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Answered(_, String body) -> accepted(body);
      case Outcome.Failed(_, String body, NotifyResult result)
          when TOO_OFTEN.matcher(code(body)).matches() ->
          new NotifyResult.Retryable(result.text(), Optional.of(PAUSE));
      case Outcome.Failed failed -> failed.result();
    };
  }

  private static NotifyResult accepted(String body) {
    if (!SharedMapper.read(body).isObject()) {
      return new NotifyResult.Retryable("DingTalk answered no JSON" + HttpPoster.excerpt(body));
    }
    // Where a card was delivered to; the card exists even if it was not.
    JsonAnswer answer = JsonAnswer.of(body);
    return answer.flag("success").orElse(true)
            && answer.flag("result/deliverResults/0/success").orElse(true)
        ? new NotifyResult.Sent("accepted")
        : new NotifyResult.Rejected("DingTalk did not deliver it" + HttpPoster.excerpt(body));
  }

  private static String code(String body) {
    return JsonAnswer.of(body).text("code").orElse("");
  }
}
