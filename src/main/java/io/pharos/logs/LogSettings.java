package io.pharos.logs;

import java.net.URI;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What log lines are marked with, and where they go besides the standard output.
///
/// @param app the field and label `app`; letters, digits, `_`, `.` and `-`
/// @param env the field and label `env`; likewise
/// @param loki null for none
public record LogSettings(String app, String env, @Nullable Loki loki) {
  private static final Pattern MARK = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

  /// A Loki to push to.
  ///
  /// @param url the push endpoint; with an empty path it becomes Loki's usual one
  /// @param queueBytes most bytes of lines that wait, 5 to 256 MiB; then the newest are dropped
  /// @param requestTimeout for one push, 100 ms to 60 s
  public record Loki(URI url, long queueBytes, Duration requestTimeout) {
    /// Holds some minutes of an outage at a hundred lines a second.
    public static final long DEFAULT_QUEUE_BYTES = 16L << 20;

    private static final String PUSH = "/loki/api/v1/push";

    /// Checks the ranges.
    public Loki {
      String scheme = url.getScheme();
      if (url.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
        throw new IllegalArgumentException(
            "Loki URL \"" + withoutUser(url) + "\": expected http://HOST:PORT or https://HOST");
      }
      if (url.getUserInfo() != null) {
        throw new IllegalArgumentException(
            "Loki URL \"" + withoutUser(url) + "\": expected no user and password in it");
      }
      if (url.getRawPath() == null || url.getRawPath().isEmpty() || url.getRawPath().equals("/")) {
        url = url.resolve(PUSH);
      }
      if (queueBytes < 5L << 20 || queueBytes > 256L << 20) {
        throw new IllegalArgumentException(
            "Loki queue of " + queueBytes + " bytes: expected 5 to 256 MiB");
      }
      if (requestTimeout.toMillis() < 100 || requestTimeout.toMillis() > 60_000) {
        throw new IllegalArgumentException(
            "Loki request timeout " + requestTimeout + ": expected 100 ms to 60 s");
      }
    }

    /// A Loki with the usual queue and time.
    public static Loki at(URI url) {
      return new Loki(url, DEFAULT_QUEUE_BYTES, Duration.ofSeconds(5));
    }

    private static String withoutUser(URI url) {
      return url.toString().replaceFirst("//[^/@]*@", "//***@");
    }
  }

  /// Checks the marks.
  public LogSettings {
    check("app", app);
    check("env", env);
  }

  private static void check(String name, String value) {
    if (!MARK.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "%s \"%s\": expected 1 to 64 letters, digits, '_', '.' or '-'".formatted(name, value));
    }
  }
}
