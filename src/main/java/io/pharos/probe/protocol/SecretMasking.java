package io.pharos.probe.protocol;

import java.util.Collection;

/// Redacts secrets in texts for people.
final class SecretMasking {
  private static final String MASK = "<secret>";
  private static final int MIN_MASKED_LENGTH = 4;

  private SecretMasking() {}

  /// Masks secrets in a text, in all their spellings. Also masks the beginning of a secret before
  /// an ellipsis, at which the text was truncated.
  static String masked(String text, Collection<String> secrets) {
    String masked = text;
    for (String secret : secrets) {
      for (String spelling : SuiteVariables.spellings(secret)) {
        if (!spelling.isEmpty()) {
          masked = maskTruncated(masked.replace(spelling, MASK), spelling);
        }
      }
    }
    return masked;
  }

  private static String maskTruncated(String text, String secret) {
    String masked = text;
    for (int cut = masked.indexOf('…'); cut >= 0; cut = masked.indexOf('…', cut + 1)) {
      for (int length = Math.min(cut, secret.length() - 1); length >= MIN_MASKED_LENGTH; length--) {
        if (masked.startsWith(secret.substring(0, length), cut - length)) {
          masked = masked.substring(0, cut - length) + MASK + masked.substring(cut);
          cut += MASK.length() - length;
          break;
        }
      }
    }
    return masked;
  }
}
