package io.pharos.cli.command;

import io.pharos.cli.command.Flags.Flag;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/// The flags with the address and the token of a running server, for commands that call it. Invalid
/// values and unreadable files throw a [UsageException].
public final class ServerAccess {
  /// The server's address.
  public static final Flag URL = new Flag("url", "http://127.0.0.1:9095", "address of Pharos");

  /// The file with the token. If the flag is empty, the environment variable `PHAROS_TOKEN` is
  /// used.
  public static final Flag TOKEN_FILE =
      new Flag("token-file", "", "file with the token; empty: $PHAROS_TOKEN");

  private ServerAccess() {}

  /// Opens a client for the server.
  public static ApiClient open(Flags flags, Map<String, String> environment) {
    return new ApiClient(url(flags), options(flags, environment));
  }

  /// Opens a client for commands that run long: it reads the token file again for each request.
  public static ApiClient openRenewed(Flags flags, Map<String, String> environment) {
    return new ApiClient(url(flags), renewedOptions(flags, environment));
  }

  /// Returns the address, unchanged from the flag.
  public static String url(Flags flags) {
    if (flags.url(URL.name()).filter(url -> url.getHost() != null).isEmpty()) {
      throw flags.refused(URL.name(), "an http or https URL");
    }
    return flags.get(URL.name());
  }

  /// Returns the client options, with the token if there is one.
  public static HttpOptions options(Flags flags, Map<String, String> environment) {
    String name = TOKEN_FILE.name();
    String token =
        flags
            .path(name)
            .map(file -> token(new SecretSource.FromFile(file), name))
            .orElseGet(() -> environment.getOrDefault("PHAROS_TOKEN", "").strip());
    return token.isEmpty() ? HttpOptions.DEFAULT : HttpOptions.bearer(SecretSource.inline(token));
  }

  /// Returns the client options with a token file that is read again for each request.
  public static HttpOptions renewedOptions(Flags flags, Map<String, String> environment) {
    return tokenFile(flags, TOKEN_FILE.name()).orElseGet(() -> options(flags, environment));
  }

  /// Returns client options with the bearer token from the file that a flag names; absent when the
  /// flag is empty.
  public static Optional<HttpOptions> tokenFile(Flags flags, String name) {
    Optional<SecretSource.FromFile> file = flags.path(name).map(SecretSource.FromFile::new);
    file.ifPresent(source -> token(source, name));
    return file.map(HttpOptions::bearer);
  }

  private static String token(SecretSource.FromFile file, String name) {
    try {
      return file.token();
    } catch (IOException e) {
      throw new UsageException("--" + name + ": " + e.getMessage());
    }
  }
}
