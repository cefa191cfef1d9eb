package io.pharos.release.deploy;

import io.pharos.config.yaml.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A file of settings as `deploy/env/*.env` are, read as scripts/lib.sh reads it: lines KEY=VALUE,
/// nothing in them is executed, and secrets are refused.
///
/// @param values by key, in the order of the file
public record SettingsFile(Map<String, String> values) {
  private static final Pattern LINE = Pattern.compile("([A-Z][A-Z0-9_]*)=(.*)");
  private static final Pattern SECRET = Pattern.compile(".*(TOKEN|PASSWORD|SECRET)");
  private static final Pattern QUOTED = Pattern.compile("\"(.*)\"|'(.*)'");
  private static final long MOST_BYTES = 1 << 20;

  public SettingsFile {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /// The settings of a file.
  ///
  /// @throws ConfigException when it can't be read or a line is none; the message has file and line
  public static SettingsFile read(Path file) {
    List<String> lines;
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw refused(file, 0, "larger than " + MOST_BYTES + " bytes");
      }
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw refused(file, 0, "can't be read: " + e);
    }
    var values = new LinkedHashMap<String, String>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isBlank() || line.stripLeading().startsWith("#")) {
        continue;
      }
      Matcher found = LINE.matcher(line);
      if (!found.matches()) {
        throw refused(file, i + 1, "expected KEY=VALUE, found: " + line);
      }
      String key = found.group(1);
      String value = unquoted(found.group(2));
      if (SECRET.matcher(key).matches() && !value.isEmpty()) {
        throw refused(
            file,
            i + 1,
            key
                + " holds a secret; expected it in a file ("
                + key
                + "_FILE) or in the environment");
      }
      values.putIfAbsent(key, value);
    }
    return new SettingsFile(values);
  }

  private static String unquoted(String text) {
    Matcher quoted = QUOTED.matcher(text);
    return quoted.matches() ? text.substring(1, text.length() - 1) : text;
  }

  private static ConfigException refused(Path file, int line, String message) {
    return new ConfigException(file.toString(), line, 0, message);
  }

  /// The settings with those of the environment, which win.
  public Map<String, String> under(Map<String, String> environment) {
    var all = new LinkedHashMap<>(values);
    all.putAll(environment);
    return Collections.unmodifiableMap(all);
  }
}
