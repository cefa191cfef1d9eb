package io.pharos.server.cli;

import io.pharos.config.http.SecretSource;
import io.pharos.server.cli.Flags.Flag;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// The token that a command sends to a server: from `--token-file`, else from `$PHAROS_TOKEN`.
final class ClientToken {
  static final Flag FILE =
      new Flag("token-file", "", "a file with the token; $PHAROS_TOKEN where empty");

  private ClientToken() {}

  /// The token; empty for none.
  ///
  /// @throws UsageException when the file can't be read or holds something else
  static String of(Flags flags, Map<String, String> environment) {
    String file = flags.get(FILE.name());
    if (file.isEmpty()) {
      return environment.getOrDefault("PHAROS_TOKEN", "").strip();
    }
    try {
      return new SecretSource.FromFile(Path.of(file)).token();
    } catch (IOException e) {
      throw new UsageException("--token-file: " + e.getMessage());
    }
  }
}
