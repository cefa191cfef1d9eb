package io.pharos.cli;

import io.pharos.cli.Flags.Flag;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// The token that a command sends to a server: from `--token-file`, else from `$PHAROS_TOKEN`.
final class ClientToken {
  static final Flag FILE =
      new Flag("token-file", "", "a file with the token; $PHAROS_TOKEN where empty");

  private ClientToken() {}

  /// How the server is called: with the token, if there is one.
  ///
  /// @throws UsageException when the file can't be read or holds something else
  static HttpOptions options(Flags flags, Map<String, String> environment) {
    String token = token(flags.get(FILE.name()), environment);
    return token.isEmpty() ? HttpOptions.DEFAULT : HttpOptions.bearer(SecretSource.inline(token));
  }

  /// As above, for who calls for so long that the file may get another token meanwhile.
  ///
  /// @throws UsageException when the file can't be read or holds something else
  static HttpOptions renewedOptions(Flags flags, Map<String, String> environment) {
    HttpOptions once = options(flags, environment);
    return flags
        .path(FILE.name())
        .map(file -> HttpOptions.bearer(new SecretSource.FromFile(file)))
        .orElse(once);
  }

  private static String token(String file, Map<String, String> environment) {
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
