package io.pharos.config.http;

import static java.util.Objects.requireNonNull;

import io.pharos.config.files.OutsideFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Where a secret comes from: not set, written in the configuration, or a file that is read each
/// time that the secret is needed (`*_file`), so that it may be rotated.
public sealed interface SecretSource {
  /// No secret is set.
  record Unset() implements SecretSource {}

  /// The secret stands in the configuration.
  record Inline(Secret secret) implements SecretSource {
    public Inline {
      requireNonNull(secret, "secret is null");
    }
  }

  /// The secret stands in a file.
  record FromFile(Path file) implements SecretSource {
    public FromFile {
      requireNonNull(file, "file is null");
    }

    /// The secret as of now, which must be a token: printable characters without spaces.
    ///
    /// @throws IOException when the file can't be read or holds no token; the message begins with
    ///   the file
    public String token() throws IOException {
      String token;
      try {
        token = OutsideFiles.text(file).strip();
      } catch (IOException e) {
        throw new IOException(file + " can't be read: " + e, e);
      }
      if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
        throw new IOException(file + " holds no token, expected printable characters");
      }
      return token;
    }
  }

  static SecretSource unset() {
    return new Unset();
  }

  static SecretSource inline(String text) {
    return new Inline(new Secret(text));
  }

  static SecretSource fromFile(Path file) {
    return new FromFile(file);
  }

  default boolean isSet() {
    return !(this instanceof Unset);
  }

  /// The secret as of now, without white space around it; empty where none is set.
  ///
  /// @throws IOException when the file can't be read; the message names the file
  default Optional<String> read() throws IOException {
    return switch (this) {
      case Unset _ -> Optional.empty();
      case Inline(Secret secret) -> Optional.of(secret.reveal());
      case FromFile(Path file) -> {
        try {
          yield Optional.of(OutsideFiles.text(file).strip());
        } catch (IOException e) {
          throw new IOException("unable to read file " + file + ": " + e, e);
        }
      }
    };
  }
}
