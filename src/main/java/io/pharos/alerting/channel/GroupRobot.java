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

/// How robots of group chats sign, and how they answer: 200 to everything, with the truth in a
/// number of the body.
///
/// @param service its name, for reasons
/// @param code where the number stands; 0 is success
/// @param text where the words stand
/// @param tooFast numbers that ask to wait
/// @param passing numbers of failures that pass by themselves
public record GroupRobot(
    String service, String code, String text, Set<Long> tooFast, Set<Long> passing) {
  /* Limits are counted by the minute everywhere. */
  private static final Duration PAUSE = Duration.ofMinutes(1);

  public GroupRobot {
    tooFast = Set.copyOf(tooFast);
    passing = Set.copyOf(passing);
  }

  /// What the body means.
  public NotifyResult judge(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    OptionalLong number = answer.number(code);
    if (number.isEmpty()) {
      return new NotifyResult.Rejected(
          service
              + " answered without "
              + code
              + ", expected "
              + code
              + " 0"
              + HttpPoster.shown(body));
    }
    long value = number.getAsLong();
    if (value == 0) {
      return new NotifyResult.Sent(code + " 0");
    }
    String reason =
        service
            + " answered "
            + code
            + " "
            + value
            + answer.text(text).map(HttpPoster::shown).orElse("");
    if (tooFast.contains(value)) {
      return new NotifyResult.Retryable(reason, Optional.of(PAUSE));
    }
    return passing.contains(value)
        ? new NotifyResult.Retryable(reason, Optional.empty())
        : new NotifyResult.Rejected(reason);
  }

  /// How robots sign: Base64 of HMAC-SHA256.
  public static String sign(String key, String text) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256 is missing", e);
    }
  }
}
