package io.pharos.cli.command;

import io.pharos.cli.command.Flags.Flag;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// The flags of commands that call a running server: its address and the token.
public final class ServerAccess {
  /// The server's address.
  public static final Flag URL = new Flag("url", "http://127.0.0.1:9095", "address of Pharos");

  /// The file with the token; the environment variable `PHAROS_TOKEN` replaces it.
  public static final Flag TOKEN_FILE =
      new Flag("token-file", "", "file with the token; empty: $PHAROS_TOKEN");

  private ServerAccess() {}

  /// Opens a client for the server.
  ///
  /// @throws UsageException when the address or the token file is invalid
  public static ApiClient open(Flags flags, Map<String, String> environment) {
    return new ApiClient(url(flags), options(flags, environment));
  }

  /// Opens a client that reads the token file again for each request, for commands that run long.
  ///
  /// @throws UsageException when the address or the token file is invalid
  public static ApiClient openRenewed(Flags flags, Map<String, String> environment) {
    return new ApiClient(url(flags), renewedOptions(flags, environment));
  }

  /// The address as given.
  ///
  /// @throws UsageException when it is no http or https address
  public static String url(Flags flags) {
    if (flags.url(URL.name()).filter(url -> url.getHost() != null).isEmpty()) {
      throw flags.refused(URL.name(), "an http or https URL");
    }
    return flags.get(URL.name());
  }

  /// The client options: with the token, if there is one.
  ///
  /// @throws UsageException when the token file is unreadable or invalid
  public static HttpOptions options(Flags flags, Map<String, String> environment) {
    String token = token(flags.get(TOKEN_FILE.name()), environment);
    return token.isEmpty() ? HttpOptions.DEFAULT : HttpOptions.bearer(SecretSource.inline(token));
  }

  /// The client options with a token file that is read again for each request.
  ///
  /// @throws UsageException when the token file is unreadable or invalid
  public static HttpOptions renewedOptions(Flags flags, Map<String, String> environment) {
    HttpOptions once = options(flags, environment);
    return flags
        .path(TOKEN_FILE.name())
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
