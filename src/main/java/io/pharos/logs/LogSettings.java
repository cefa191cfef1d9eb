package io.pharos.logs;

import java.net.URI;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Settings of log lines.
///
/// @param app value of the field and label `app`; characters: letters, digits, `_`, `.` and `-`
/// @param env value of the field and label `env`; the same characters as in `app`
/// @param loki the Loki to which the lines are also sent; null if they are not sent to a Loki
public record LogSettings(String app, String env, @Nullable Loki loki) {
  /// How lines on the standard output look.
  public enum Format {
    /// One JSON object per line, for programs.
    JSON,
    /// Short lines for a person.
    TEXT,
    /// Short lines for a person, with colours.
    COLOURED
  }

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

  /// A Loki that lines are pushed to.
  ///
  /// @param url push endpoint; if its path is empty, Loki's default path is used
  /// @param queueBytes capacity of the queue, 5 to 256 MiB; if it is full, lines are dropped
  /// @param requestTimeout timeout of one push, 100 ms to 60 s
  public record Loki(URI url, long queueBytes, Duration requestTimeout) {
    /// Default capacity of the queue, which suffices for a hundred lines per second while Loki is
    /// down for some minutes.
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
            "Loki URL \"" + withoutUser(url) + "\": expected a URL without user and password");
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

    /// Returns the settings of a Loki with the default queue and timeout.
    public static Loki at(URI url) {
      return new Loki(url, DEFAULT_QUEUE_BYTES, Duration.ofSeconds(5));
    }

    private static String withoutUser(URI url) {
      return url.toString().replaceFirst("//[^/@]*@", "//***@");
    }
  }

  /// Checks the characters of `app` and `env`.
  public LogSettings {
    check("app", app);
    check("env", env);
  }

  private static void check(String name, String value) {
    if (!NAME.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "%s \"%s\": expected 1 to 64 letters, digits, '_', '.' or '-'".formatted(name, value));
    }
  }
}
