package io.pharos.alerting.channel;

import io.pharos.alerting.pipeline.NotifyResult;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Answers and signatures of group chat robots. They answer 200 to every request; an error code in
/// the body tells whether it succeeded.
///
/// @param service name of the service for error messages
/// @param code key of the error code, which is 0 on success
/// @param text key of the error message
/// @param tooFast error codes of rate limits
/// @param passing error codes of temporary failures
public record RobotProtocol(
    String service, String code, String text, Set<Long> tooFast, Set<Long> passing) {
  /* All services have limits per minute, so the next attempt waits for a minute. */
  private static final Duration PAUSE = Duration.ofMinutes(1);

  public RobotProtocol {
    tooFast = Set.copyOf(tooFast);
    passing = Set.copyOf(passing);
  }

  /// Converts the body of an answer to the result.
  public NotifyResult judge(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    OptionalLong number = answer.number(code);
    if (number.isEmpty()) {
      return new NotifyResult.Rejected(
          "%s answered without %s, expected %s 0%s"
              .formatted(service, code, code, HttpPoster.excerpt(body)));
    }
    long value = number.getAsLong();
    if (value == 0) {
      return new NotifyResult.Sent(code + " 0");
    }
    String said = answer.text(text).map(HttpPoster::excerpt).orElse("");
    String reason = "%s answered %s %d%s".formatted(service, code, value, said);
    if (tooFast.contains(value)) {
      return new NotifyResult.Retryable(reason, Optional.of(PAUSE));
    }
    return passing.contains(value)
        ? new NotifyResult.Retryable(reason)
        : new NotifyResult.Rejected(reason);
  }

  /// Returns the signature of a text: Base64 of HMAC-SHA256.
  public static String sign(String key, String text) {
    return Base64.getEncoder().encodeToString(hmac(key, text.getBytes(StandardCharsets.UTF_8)));
  }

  /// Returns the HMAC-SHA256 of a text.
  public static byte[] hmac(String key, byte[] text) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return mac.doFinal(text);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256 is missing", e);
    }
  }
}
