package io.pharos.callback;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.HttpReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.UrlReader;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.BaseUrl;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads `callbacks.yml` and refuses unknown keys (docs/format/callbacks.md). The file does not
/// contain secrets but names the files that contain them.
public final class CallbackFile {
  /// The default path of the file.
  public static final String DEFAULT_PATH = "deploy/callbacks.yml";

  /// Maximum number of targets, because each target has its own attempts and metrics.
  private static final int MAX_TARGETS = 100;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,49}");
  private static final Pattern REPOSITORY =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}");
  private static final Pattern PROJECT = Pattern.compile("[0-9]{1,18}|[A-Za-z0-9._/-]{1,255}");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
  private static final Pattern APP = Pattern.compile("[A-Za-z0-9.]{1,100}");
  private static final int MAX_TAG_LENGTH = 100;

  private final Path folder;

  private CallbackFile(Path folder) {
    this.folder = folder;
  }

  /// Reads the targets of a file. Returns none if the path is empty, or if it is the default path
  /// and the file does not exist.
  ///
  /// @throws ConfigException if the file is unreadable or invalid
  public static List<CallbackTarget> read(Path file) {
    if (file.toString().isEmpty() || (file.equals(Path.of(DEFAULT_PATH)) && !Files.exists(file))) {
      return List.of();
    }
    Path parent = file.toAbsolutePath().normalize().getParent();
    return YamlFile.read(file, new CallbackFile(parent == null ? file : parent)::targets);
  }

  /// Parses the targets of a text.
  public static List<CallbackTarget> parse(String name, String text, Path folder) {
    return new CallbackFile(folder).targets(YamlFile.parse(name, text));
  }

  private List<CallbackTarget> targets(YamlMap map) {
    var targets = new ArrayList<CallbackTarget>();
    var names = new HashSet<String>();
    for (String key : List.of("grafana", "github", "gitlab")) {
      for (YamlValue item : map.get(key).map(YamlValue::asList).orElse(List.of())) {
        YamlMap entry = item.asMap();
        CallbackTarget target =
            switch (key) {
              case "grafana" -> grafana(entry);
              case "github" -> github(entry);
              default -> gitlab(entry);
            };
        entry.finish();
        if (!names.add(target.name())) {
          throw entry
              .require("name")
              .error(
                  "expected a unique name, found " + Quoted.of(target.name()) + " a second time");
        }
        targets.add(target);
      }
    }
    map.finish();
    if (targets.size() > MAX_TARGETS) {
      throw map.error("expected at most " + MAX_TARGETS + " targets, found " + targets.size());
    }
    return List.copyOf(targets);
  }

  private CallbackTarget grafana(YamlMap map) {
    return new CallbackTarget.Grafana(
        matching(
            map,
            "name",
            NAME,
            "1 to 50 letters, digits, . _ and -, beginning with a letter or digit"),
        url(map, "url", "", false),
        http(map, token(map)),
        coverage(map),
        keepTrying(map),
        map.list("tags", CallbackFile::tag));
  }

  private static String tag(YamlValue value) {
    return value.parse(
        "a tag of at most " + MAX_TAG_LENGTH + " characters",
        text -> {
          if (text.isBlank() || text.length() > MAX_TAG_LENGTH) {
            throw new IllegalArgumentException("it has " + text.length() + " characters");
          }
          return text;
        });
  }

  private CallbackTarget github(YamlMap map) {
    Optional<CallbackTarget.App> app = map.get("app").map(value -> app(value.asMap()));
    if (app.isPresent() == map.has("token_file")) {
      throw map.error(
          "expected either token_file or app, found " + (app.isPresent() ? "both" : "neither"));
    }
    boolean statuses = map.bool("commit_status", true);
    Optional<CallbackTarget.Protection> protection =
        map.get("protection").map(value -> protection(value.asMap()));
    if (!statuses && protection.isEmpty()) {
      throw map.error(
          "expected commit_status: true or the key protection, because without them nothing is reported");
    }
    return new CallbackTarget.Github(
        matching(
            map,
            "name",
            NAME,
            "1 to 50 letters, digits, . _ and -, beginning with a letter or digit"),
        url(map, "api_url", "https://api.github.com", true),
        app.isPresent() ? http(map, SecretSource.unset()) : http(map, token(map)),
        coverage(map),
        keepTrying(map),
        matching(map, "repository", REPOSITORY, "owner/name"),
        app,
        statuses,
        protection);
  }

  private CallbackTarget.App app(YamlMap map) {
    var app =
        new CallbackTarget.App(
            matching(map, "id", APP, "the number of the app, or its client id"),
            matching(map, "installation", NUMBER, "the number of the installation"),
            file(map, "private_key_file"));
    map.finish();
    return app;
  }

  private CallbackTarget.Protection protection(YamlMap map) {
    SecretSource secret = file(map, "webhook_secret_file");
    Duration within = duration(map, "deployment_within", "10m", "0s", "1d");
    var names = new HashSet<String>();
    List<CallbackTarget.Environment> environments =
        map.require("environments").asList().stream()
            .map(value -> environment(value.asMap(), names))
            .toList();
    if (environments.isEmpty()) {
      throw map.require("environments").error("expected at least one environment of GitHub");
    }
    map.finish();
    return new CallbackTarget.Protection(secret, within, environments);
  }

  private static CallbackTarget.Environment environment(YamlMap map, Set<String> names) {
    var environment =
        new CallbackTarget.Environment(
            map.require("environment").asString(),
            map.require("service").asString(),
            map.require("env").asString());
    if (environment.environment().isBlank() || !names.add(environment.environment())) {
      throw map.require("environment")
          .error("expected an environment of GitHub that no other element of the list contains");
    }
    map.finish();
    return environment;
  }

  private CallbackTarget gitlab(YamlMap map) {
    return new CallbackTarget.Gitlab(
        matching(
            map,
            "name",
            NAME,
            "1 to 50 letters, digits, . _ and -, beginning with a letter or digit"),
        url(map, "url", "https://gitlab.com", true),
        http(map, token(map)),
        coverage(map),
        keepTrying(map),
        matching(map, "project", PROJECT, "the project's path, as in group/name, or its number"));
  }

  private static String matching(YamlMap map, String key, Pattern pattern, String expected) {
    return map.require(key)
        .parse(
            expected,
            text -> {
              if (!pattern.matcher(text).matches()) {
                throw new IllegalArgumentException("invalid value");
              }
              return text;
            });
  }

  /* A token must not cross a network unencrypted. Only Grafana may be used without TLS, because it
   * often has none within a host's network, and its token has few permissions. */
  private static String url(YamlMap map, String key, String defaultValue, boolean requiresTls) {
    String url = BaseUrl.of(UrlReader.read(map, key, defaultValue));
    if (url.isEmpty()) {
      throw map.missing(key, "the key " + Quoted.of(key) + " is missing, expected an address");
    }
    if (url.contains("@") || url.contains("?") || url.contains("#")) {
      throw map.require(key).error("expected an address with only scheme, host, port and path");
    }
    if (requiresTls && !CallbackTarget.isSafe(url)) {
      throw map.require(key)
          .error("expected an https address, or an http address of this host, found " + url);
    }
    return url;
  }

  private SecretSource token(YamlMap map) {
    return file(map, "token_file");
  }

  private SecretSource file(YamlMap map, String key) {
    YamlValue value = map.require(key);
    if (value.asString().isBlank()) {
      throw value.error("expected the name of a file");
    }
    return SecretSource.fromFile(folder.resolve(value.asString()).normalize());
  }

  /// Reads the HTTP options of a target. The key `http_config` sets all but the credentials.
  private HttpOptions http(YamlMap map, SecretSource token) {
    HttpOptions base =
        new HttpReader(folder, HttpReader.ALL).read(map, HttpOptions.DEFAULT).withoutRedirects();
    if (!base.secrets().isEmpty()) {
      throw map.require("http_config")
          .error("expected no credentials here, because token_file (or app) provides them");
    }
    return token.isSet() ? base.withBearer(token) : base;
  }

  private static CallbackTarget.Coverage coverage(YamlMap map) {
    return new CallbackTarget.Coverage(
        new HashSet<>(map.strings("services")), new HashSet<>(map.strings("envs")));
  }

  private static Duration keepTrying(YamlMap map) {
    return duration(map, "keep_trying", "1d", "1m", "30d");
  }

  private static Duration duration(
      YamlMap map, String key, String defaultValue, String min, String max) {
    Duration value = map.duration(key, PromDuration.parse(defaultValue));
    if (value.compareTo(PromDuration.parse(min)) < 0
        || value.compareTo(PromDuration.parse(max)) > 0) {
      throw map.require(key)
          .error(
              "expected a duration from %s to %s, found %s"
                  .formatted(min, max, Quoted.of(PromDuration.format(value))));
    }
    return value;
  }
}
