package io.pharos.gate.deployment;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.config.yaml.YamlFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A file of settings such as `deploy/env/*.env`: lines KEY=VALUE, in which no variables are
/// expanded. scripts/lib.sh reads such files in the same way. Secrets are refused.
///
/// @param values by key, in the order of the file
/// @param lines number of the line of each key, from 1
public record SettingsFile(Map<String, String> values, Map<String, Integer> lines) {
  public SettingsFile {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    lines = Map.copyOf(lines);
  }

  /// Reads a file.
  ///
  /// @throws ConfigException with every invalid line
  public static SettingsFile read(Path file) {
    var problems = new ArrayList<Problem>();
    var values = new LinkedHashMap<String, String>();
    var lines = new LinkedHashMap<String, Integer>();
    int number = 0;
    for (String line : YamlFile.text(file).lines().toList()) {
      number++;
      if (line.isBlank() || line.stripLeading().startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      String key = equals < 0 ? "" : line.substring(0, equals);
      if (!isKey(key)) {
        // The line may contain a secret, so the message does not show it.
        problems.add(
            problem(
                file,
                number,
                "expected KEY=VALUE, with a KEY of A-Z, 0-9 and _ that begins with a letter"));
        continue;
      }
      String value = unquoted(line.substring(equals + 1));
      if (isSecret(key) && !value.isEmpty()) {
        problems.add(
            problem(
                file,
                number,
                "%s is a secret; expected it in the environment, or in a file whose path is in %s_FILE"
                    .formatted(key, key)));
      }
      values.putIfAbsent(key, value);
      Integer first = lines.putIfAbsent(key, number);
      if (first != null) {
        problems.add(
            problem(file, number, key + " is already set in line " + first + "; expected it once"));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return new SettingsFile(values, lines);
  }

  private static Problem problem(Path file, int line, String message) {
    return new Problem(file.toString(), line, 0, message);
  }

  private static boolean isKey(String key) {
    return !key.isEmpty()
        && key.charAt(0) >= 'A'
        && key.charAt(0) <= 'Z'
        && key.chars().allMatch(c -> (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
  }

  private static boolean isSecret(String key) {
    return key.endsWith("TOKEN") || key.endsWith("PASSWORD") || key.endsWith("SECRET");
  }

  private static String unquoted(String text) {
    boolean quoted =
        text.length() >= 2
            && (text.charAt(0) == '"' || text.charAt(0) == '\'')
            && text.charAt(text.length() - 1) == text.charAt(0);
    return quoted ? text.substring(1, text.length() - 1) : text;
  }

  /// Returns these settings and all environment variables. A variable replaces the setting with the
  /// same name.
  public Map<String, String> under(Map<String, String> environment) {
    var all = new LinkedHashMap<>(values);
    all.putAll(environment);
    return Collections.unmodifiableMap(all);
  }
}
