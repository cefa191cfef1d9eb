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

/// Interprets the answers of group chat robots and signs requests to them. A robot answers 200 to
/// every request; an error code in the body tells whether the request succeeded.
///
/// @param service name of the service for error messages
/// @param codeKey key of the error code, which is 0 on success
/// @param textKey key of the error message
/// @param rateLimitCodes error codes that mean that a rate limit is exceeded
/// @param temporaryCodes error codes of other temporary failures
public record RobotProtocol(
    String service,
    String codeKey,
    String textKey,
    Set<Long> rateLimitCodes,
    Set<Long> temporaryCodes) {
  /* All services have limits per minute, so the next attempt waits for a minute. */
  private static final Duration PAUSE = Duration.ofMinutes(1);

  public RobotProtocol {
    rateLimitCodes = Set.copyOf(rateLimitCodes);
    temporaryCodes = Set.copyOf(temporaryCodes);
  }

  /// Converts the body of an answer to the result.
  public NotifyResult judge(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    OptionalLong number = answer.number(codeKey);
    if (number.isEmpty()) {
      return new NotifyResult.Rejected(
          "%s answered without %s, expected %s 0%s"
              .formatted(service, codeKey, codeKey, HttpPoster.excerpt(body)));
    }
    long value = number.getAsLong();
    if (value == 0) {
      return new NotifyResult.Sent(codeKey + " 0");
    }
    String message = answer.text(textKey).map(HttpPoster::excerpt).orElse("");
    String reason = "%s answered %s %d%s".formatted(service, codeKey, value, message);
    if (rateLimitCodes.contains(value)) {
      return new NotifyResult.Retryable(reason, Optional.of(PAUSE));
    }
    return temporaryCodes.contains(value)
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
