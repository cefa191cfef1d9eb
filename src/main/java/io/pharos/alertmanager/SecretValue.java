package io.pharos.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.files.OutsideFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Where a secret comes from: not set, written in the configuration, or a file that is read each
/// time that the secret is needed (`*_file`).
public sealed interface SecretValue {
  /// No secret is set.
  record Unset() implements SecretValue {}

  /// The secret stands in the configuration.
  record Inline(Secret secret) implements SecretValue {
    public Inline {
      requireNonNull(secret, "secret is null");
    }
  }

  /// The secret stands in a file.
  record FromFile(Path file) implements SecretValue {
    public FromFile {
      requireNonNull(file, "file is null");
    }
  }

  static SecretValue unset() {
    return new Unset();
  }

  static SecretValue inline(String text) {
    return new Inline(new Secret(text));
  }

  static SecretValue fromFile(Path file) {
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
          throw new IOException("secret file " + file + " can't be read: " + e, e);
        }
      }
    };
  }
}
