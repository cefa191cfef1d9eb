package io.pharos.gate.deployment;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.config.yaml.Suggestion;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/// Checks a file of `deploy/env` for settings that the deploy scripts could not use.
public final class DeploySettings {
  private DeploySettings() {}

  /// Reads a file; throws [ConfigException] with every setting that is unknown, invalid or missing.
  public static SettingsFile read(Path path) {
    SettingsFile file = SettingsFile.read(path);
    var problems = new ArrayList<Problem>();
    BiConsumer<String, String> report =
        (key, message) ->
            problems.add(
                new Problem(path.toString(), file.lines().getOrDefault(key, 0), 0, message));
    file.values()
        .forEach(
            (key, value) -> problem(key, value).ifPresent(message -> report.accept(key, message)));
    missing(file.values())
        .forEach((key, why) -> report.accept(key, key + " is missing; it is required " + why));
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return file;
  }

  private static Optional<String> problem(String key, String value) {
    Optional<Setting> setting = Setting.of(key);
    if (setting.isEmpty()) {
      return Optional.of(
          "unknown setting "
              + key
              + Suggestion.nearest(key, Setting.keys())
                  .map(near -> ": did you mean " + near + "?")
                  .orElse(", expected a setting that deploy/README.md lists"));
    }
    return setting
        .get()
        .expected(value)
        .map(
            expected ->
                key
                    + ": expected "
                    + expected
                    + (setting.get().mayBeShown() ? ", found " + Quoted.of(value) : ""));
  }

  /// Returns the missing settings, each with the reason why it is required.
  private static Map<String, String> missing(Map<String, String> values) {
    var needed = new LinkedHashMap<Setting, String>();
    for (Setting setting :
        List.of(
            Setting.PHAROS_ENV,
            Setting.SERVICE,
            Setting.PHAROS_URL,
            Setting.STRATEGY,
            Setting.ON_INCONCLUSIVE)) {
      needed.put(setting, "in every file");
    }
    String strategy = values.getOrDefault("STRATEGY", "");
    if (List.of("blue-green", "canary").contains(strategy)) {
      String why = "with STRATEGY=" + strategy;
      needed.put(Setting.HAPROXY_RUNTIME, why);
      needed.put(Setting.HAPROXY_BACKEND, why);
      if (!values.getOrDefault("ROLLOUT", "").equals("true")) {
        needed.put(Setting.CANARY_WEIGHT, why);
      }
    }
    boolean production = values.getOrDefault("PHAROS_ENV", "").equals("production");
    if (!isSet(values, "START_COMMAND")) {
      needed.put(Setting.COMPOSE_FILE, "without START_COMMAND");
    }
    if (values.getOrDefault("STORE", "").equals("postgresql")) {
      needed.put(Setting.JDBC_URL, "with STORE=postgresql");
      needed.put(Setting.JDBC_USER, "with STORE=postgresql");
    }
    if (production && isSet(values, "STORE")) {
      needed.put(Setting.BACKUP_FILE, "with PHAROS_ENV=production and STORE");
    }
    if (isSet(values, "BACKEND_JDBC_URL")) {
      needed.put(Setting.BACKEND_JDBC_USER, "with BACKEND_JDBC_URL");
      if (production) {
        needed.put(Setting.BACKEND_BACKUP_FILE, "with PHAROS_ENV=production and BACKEND_JDBC_URL");
      }
    }
    if (values.getOrDefault("SECRETS_FILE", "").endsWith(".age")) {
      needed.put(Setting.AGE_IDENTITY_FILE, "with a SECRETS_FILE that ends in .age");
    }
    var missing = new LinkedHashMap<String, String>();
    needed.forEach(
        (setting, why) -> {
          if (!isSet(values, setting.name())) {
            missing.put(setting.name(), why);
          }
        });
    return missing;
  }

  private static boolean isSet(Map<String, String> values, String key) {
    return !values.getOrDefault(key, "").isEmpty();
  }
}
