package io.pharos.cli.command;

import io.pharos.model.PlainReason;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The file `pharos.env` of the working folder: environment variables of Pharos, one line each, in
/// the format of the `EnvironmentFile` of systemd.
public final class EnvironmentFile {
  private static final Path FILE = Path.of("pharos.env");

  private EnvironmentFile() {}

  /// Returns the environment of this process with the variables of the file. A variable that the
  /// environment has already is not changed.
  ///
  /// @throws UsageException when the file is unreadable or a line is no setting of Pharos
  public static Map<String, String> environment() {
    return over(FILE, System.getenv());
  }

  /// Returns an environment with the variables of the file in a folder, like [#environment].
  public static Map<String, String> in(Path folder, Map<String, String> environment) {
    return over(folder.resolve(FILE), environment);
  }

  static Map<String, String> over(Path file, Map<String, String> environment) {
    if (!Files.exists(file)) {
      return environment;
    }
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new UsageException(file + " is unreadable: " + PlainReason.of(e));
    }
    var all = new HashMap<String, String>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) {
        continue;
      }
      int equals = line.indexOf('=');
      if (equals < 0 || !line.substring(0, equals).matches("[A-Z][A-Z0-9_]*")) {
        throw new UsageException(
            "%s:%d: expected a line such as PHAROS_WEB_LISTEN_ADDRESS=127.0.0.1:9095, found %s"
                .formatted(file, i + 1, Quoted.of(line)));
      }
      all.put(
          line.substring(0, equals),
          line.substring(equals + 1).replaceAll("^([\"'])(.*)\\1$", "$2"));
    }
    all.putAll(environment);
    return all;
  }
}
