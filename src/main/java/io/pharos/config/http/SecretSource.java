package io.pharos.config.http;

import io.pharos.config.files.OutsideFiles;
import io.pharos.model.PlainReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Where a secret comes from: nowhere (unset), the configuration itself (inline), or a file
/// (`*_file`), which is read at each use so that the secret can be rotated.
public sealed interface SecretSource {
  /// There is no secret.
  record Unset() implements SecretSource {}

  /// The secret is written in the configuration.
  record Inline(Secret secret) implements SecretSource {}

  /// The secret is the content of a file.
  record FromFile(Path file) implements SecretSource {
    /// Returns the current secret, which must be a token: printable characters without spaces.
    ///
    /// @throws IOException if the file can't be read or contains no token; the message starts with
    ///   the file
    public String token() throws IOException {
      String token;
      try {
        token = OutsideFiles.text(file).strip();
      } catch (IOException e) {
        throw new IOException(file + " can't be read: " + PlainReason.of(e), e);
      }
      if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
        throw new IOException(file + " has no token: expected printable characters without spaces");
      }
      return token;
    }
  }

  /// Returns the source for an unset secret.
  static SecretSource unset() {
    return new Unset();
  }

  /// Returns a secret that is written in the configuration.
  static SecretSource inline(String text) {
    return new Inline(new Secret(text));
  }

  /// Returns a secret in a file.
  static SecretSource fromFile(Path file) {
    return new FromFile(file);
  }

  /// Returns whether a secret is configured. The file of a configured secret may be missing.
  default boolean isSet() {
    return !(this instanceof Unset);
  }

  /// Returns the current secret without surrounding white space; empty if none is configured.
  ///
  /// @throws IOException if the file can't be read; the message contains the path of the file
  default Optional<String> read() throws IOException {
    return switch (this) {
      case Unset _ -> Optional.empty();
      case Inline(Secret secret) -> Optional.of(secret.reveal());
      case FromFile(Path file) -> {
        try {
          yield Optional.of(OutsideFiles.text(file).strip());
        } catch (IOException e) {
          throw new IOException("unable to read file " + file + ": " + PlainReason.of(e), e);
        }
      }
    };
  }
}
