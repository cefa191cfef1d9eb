package io.pharos.logs;

import java.util.regex.Pattern;

/// Redacts the secrets in a log line, which is plain text or JSON. Secrets are the values after
/// `token=`, `password=` and similar names, the values of JSON fields with such names, the
/// credentials after `Bearer` and `Basic`, and the token after `/api/push/`.
final class Redaction {
  private static final String MASK = "***";

  private static final Pattern BEARER =
      Pattern.compile("\\b(bearer)(\\s+|%20)[A-Za-z0-9._~+/=-]+", Pattern.CASE_INSENSITIVE);

  private static final Pattern BASIC =
      Pattern.compile(
          "(authorization\"?\\s{0,2}[:=]\\s{0,2}\"?basic)\\s+[A-Za-z0-9+/=_-]+",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern ASSIGNED =
      Pattern.compile(
          "((?:token|password|passwd|secret|api_?key)=)[^&\\s\"'\\\\,;)\\]}]+",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern FIELD =
      Pattern.compile(
          "(\\\\?\"[A-Za-z_-]{0,32}(?:token|password|passwd|secret|api_?key)\\\\?\"\\s{0,2}:\\s{0,2}\\\\?\")"
              + "[^\"\\\\]+",
          Pattern.CASE_INSENSITIVE);

  /// Matches URLs of push monitors, which contain the token of the monitor.
  private static final Pattern PUSHED =
      Pattern.compile("(/api/push/)[^/?#&\\s\"'\\\\]+", Pattern.CASE_INSENSITIVE);

  private Redaction() {}

  static String redact(String line) {
    String text = BEARER.matcher(line).replaceAll("$1$2" + MASK);
    text = BASIC.matcher(text).replaceAll("$1 " + MASK);
    text = ASSIGNED.matcher(text).replaceAll("$1" + MASK);
    text = PUSHED.matcher(text).replaceAll("$1" + MASK);
    return FIELD.matcher(text).replaceAll("$1" + MASK);
  }
}
