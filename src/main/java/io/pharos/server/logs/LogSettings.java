package io.pharos.server.logs;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
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
  /// @param tenant the header `X-Scope-OrgID`, null for none
  /// @param user for basic authentication, null for none
  /// @param password goes with the user
  /// @param queueBytes most bytes of lines that wait, 5 to 256 MiB; then the newest are dropped
  /// @param requestTimeout for one push, 100 ms to 60 s
  public record Loki(
      URI url,
      @Nullable String tenant,
      @Nullable String user,
      @Nullable String password,
      long queueBytes,
      Duration requestTimeout) {
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
            "Loki URL \""
                + withoutUser(url)
                + "\": expected no user in it, but user and password apart");
      }
      if (url.getRawPath() == null || url.getRawPath().isEmpty() || url.getRawPath().equals("/")) {
        url = url.resolve(PUSH);
      }
      if ((user == null) != (password == null)) {
        throw new IllegalArgumentException("Loki: expected both user and password, or neither");
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

    /// A Loki without authentication.
    public static Loki at(URI url) {
      return new Loki(url, null, null, null, DEFAULT_QUEUE_BYTES, Duration.ofSeconds(5));
    }

    private static String withoutUser(URI url) {
      return url.toString().replaceFirst("//[^/@]*@", "//***@");
    }

    /// Without the password.
    @Override
    public String toString() {
      return "Loki[" + url + "]";
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

  /// The standard output alone.
  public static LogSettings standardOutput(String app, String env) {
    return new LogSettings(app, env, null);
  }

  /// The same, and to a Loki.
  public LogSettings withLoki(Loki newLoki) {
    return new LogSettings(app, env, newLoki);
  }

  /// Reads `PHAROS_ENV` (dev), `PHAROS_LOKI_URL` (none), `PHAROS_LOKI_TENANT`, `PHAROS_LOKI_USER`
  /// and `PHAROS_LOKI_PASSWORD_FILE`.
  ///
  /// @throws IllegalArgumentException naming the variable, its value and what was expected
  public static LogSettings fromEnvironment(String app, Map<String, String> environment) {
    String env = environment.getOrDefault("PHAROS_ENV", "dev");
    LogSettings settings;
    try {
      settings = standardOutput(app, env);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("PHAROS_ENV: " + e.getMessage(), e);
    }
    String url = environment.getOrDefault("PHAROS_LOKI_URL", "");
    if (url.isBlank()) {
      return settings;
    }
    try {
      return settings.withLoki(
          new Loki(
              URI.create(url.strip()),
              environment.get("PHAROS_LOKI_TENANT"),
              environment.get("PHAROS_LOKI_USER"),
              password(environment.get("PHAROS_LOKI_PASSWORD_FILE")),
              Loki.DEFAULT_QUEUE_BYTES,
              Duration.ofSeconds(5)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("PHAROS_LOKI_…: " + e.getMessage(), e);
    }
  }

  private static @Nullable String password(@Nullable String file) {
    if (file == null || file.isBlank()) {
      return null;
    }
    try {
      return Files.readString(Path.of(file)).strip();
    } catch (IOException e) {
      throw new IllegalArgumentException("password file " + file + ": can't be read", e);
    }
  }
}
