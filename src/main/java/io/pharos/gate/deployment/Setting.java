package io.pharos.gate.deployment;

import io.pharos.model.PromDuration;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// The settings that `deploy/env/*.env` may contain, and their valid values. deploy/README.md
/// explains them.
public enum Setting {
  PHAROS_ENV(Kind.NAME),
  SERVICE(Kind.NAME),
  PHAROS_URL(Kind.HTTP),
  PHAROS_TOKEN_FILE(Kind.PATH),
  STRATEGY("recreate", "blue-green", "canary"),
  ROLLOUT("true", "false"),
  ROLLOUT_WAIT(Kind.SECONDS),
  ROLLBACK_WAIT(Kind.SECONDS),
  ON_INCONCLUSIVE("rollback", "hold", "promote"),
  GATE_WAIT(Kind.SECONDS),
  START_COMMAND(Kind.COMMAND),
  STOP_COMMAND(Kind.COMMAND),
  COMPOSE_FILE(Kind.PATH),
  COMPOSE_SERVICE(Kind.NAME),
  MIGRATE_COMMAND(Kind.COMMAND),
  COMMAND_WAIT(Kind.SECONDS),
  CANDIDATE_URL(Kind.HTTP),
  CANDIDATE_URL_BLUE(Kind.HTTP),
  CANDIDATE_URL_GREEN(Kind.HTTP),
  START_WAIT(Kind.SECONDS),
  HAPROXY_RUNTIME(Kind.RUNTIME),
  HAPROXY_BACKEND(Kind.NAME),
  HAPROXY_STATE_FILE(Kind.PATH),
  CANARY_WEIGHT(Kind.WEIGHT),
  DRAIN_SECONDS(Kind.SECONDS),
  STATE_DIR(Kind.PATH),
  STORE("embedded", "postgresql"),
  JDBC_URL(Kind.JDBC),
  JDBC_USER(Kind.WORD),
  JDBC_PASSWORD_FILE(Kind.PATH),
  BACKUP_FILE(Kind.PATH),
  BACKUP_MAX_AGE_HOURS(Kind.HOURS),
  BACKEND_JDBC_URL(Kind.JDBC),
  BACKEND_JDBC_USER(Kind.WORD),
  BACKEND_JDBC_PASSWORD_FILE(Kind.PATH),
  BACKEND_BACKUP_FILE(Kind.PATH),
  MIGRATIONS_DIR(Kind.PATH),
  LOCK_TIMEOUT(Kind.DURATION),
  STATEMENT_TIMEOUT(Kind.DURATION),
  CONTRACT_SOAK(Kind.DURATION),
  SECRETS_FILE(Kind.SECRETS),
  AGE_IDENTITY_FILE(Kind.PATH);

  /// The syntax of a value.
  private enum Kind {
    NAME("letters, digits and . _ -", value -> value.matches("[A-Za-z0-9._-]*")),
    WORD("a word without spaces", Kind::isWord),
    HTTP("an http or https address without a password", Kind::isHttp),
    JDBC("jdbc:postgresql:… without a password", Kind::isJdbc),
    PATH("a path without control characters", Kind::isPlain),
    COMMAND("a shell command without control characters", Kind::isPlain),
    RUNTIME("the path of a socket, or host:port", Kind::isRuntime),
    SECONDS("whole seconds, at most 86400", value -> isNumber(value, 0, 86_400)),
    HOURS("whole hours, 1 to 8760", value -> isNumber(value, 1, 8760)),
    WEIGHT("a weight for HAProxy, 1 to 256", value -> isNumber(value, 1, 256)),
    DURATION("a duration such as 5s or 15m", Kind::isDuration),
    SECRETS(
        "a file that ends in .age or .sops.env",
        value -> value.endsWith(".age") || value.endsWith(".sops.env")),
    CHOICE("one of a few words", _ -> true);

    private final String expected;

    @SuppressWarnings("ImmutableEnumChecker") // the predicates have no state
    private final Predicate<String> isValid;

    Kind(String expected, Predicate<String> isValid) {
      this.expected = expected;
      this.isValid = isValid;
    }

    private static boolean isWord(String value) {
      return value.chars().allMatch(c -> c > ' ');
    }

    private static boolean isPlain(String value) {
      return value.chars().allMatch(c -> c >= ' ');
    }

    private static boolean isHttp(String value) {
      try {
        URI uri = URI.create(value);
        return uri.getHost() != null
            && List.of("http", "https").contains(uri.getScheme())
            && uri.getUserInfo() == null;
      } catch (IllegalArgumentException _) { // the caller reports which value was expected
        return false;
      }
    }

    private static boolean isJdbc(String value) {
      return value.startsWith("jdbc:postgresql:")
          && isWord(value)
          && !value.toLowerCase(java.util.Locale.ROOT).contains("password=");
    }

    private static boolean isRuntime(String value) {
      int colon = value.lastIndexOf(':');
      return value.startsWith("/")
          || (colon > 0 && isNumber(value.substring(colon + 1), 1, 65_535));
    }

    private static boolean isNumber(String value, long min, long max) {
      if (!value.matches("[0-9]{1,9}")) {
        return false;
      }
      long number = Long.parseLong(value);
      return number >= min && number <= max;
    }

    private static boolean isDuration(String value) {
      try {
        return !PromDuration.parse(value).isNegative();
      } catch (IllegalArgumentException _) { // the caller reports which value was expected
        return false;
      }
    }
  }

  private final Kind kind;

  /// The accepted words, separated by commas; empty unless the kind is a choice.
  private final String words;

  Setting(Kind kind) {
    this.kind = kind;
    this.words = "";
  }

  Setting(String... words) {
    this.kind = Kind.CHOICE;
    this.words = String.join(", ", words);
  }

  /// Returns which values are valid if `value` is invalid; empty if it is valid or empty.
  Optional<String> expected(String value) {
    if (value.isEmpty()) {
      return Optional.empty();
    }
    if (kind == Kind.CHOICE) {
      return List.of(words.split(", ")).contains(value)
          ? Optional.empty()
          : Optional.of("one of " + words);
    }
    return kind.isValid.test(value) ? Optional.empty() : Optional.of(kind.expected);
  }

  /// Returns the setting of a key; empty if there is none. A key may also consist of
  /// `CANDIDATE_URL_` and the name of a server, because each server of a rolling release may have
  /// its own address.
  static Optional<Setting> of(String key) {
    if (key.startsWith("CANDIDATE_URL_")) {
      return Optional.of(CANDIDATE_URL);
    }
    return Arrays.stream(values()).filter(setting -> setting.name().equals(key)).findFirst();
  }

  static List<String> keys() {
    return Arrays.stream(values()).map(Setting::name).toList();
  }

  /// Returns whether an error message may show an invalid value. Addresses are not shown, because
  /// they may contain a password.
  boolean mayBeShown() {
    return kind != Kind.HTTP && kind != Kind.JDBC;
  }
}
