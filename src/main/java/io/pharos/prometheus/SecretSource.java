package io.pharos.prometheus;

import static java.util.Objects.requireNonNull;

import io.pharos.files.OutsideFiles;
import java.io.IOException;
import java.nio.file.Path;

/// Where a secret comes from.
public sealed interface SecretSource {
  /// It stands in the configuration.
  record Inline(Secret secret) implements SecretSource {
    public Inline {
      requireNonNull(secret, "secret is null");
    }
  }

  /// It stands in a file, which is read again on every use, so that it may be rotated.
  record FromFile(Path path) implements SecretSource {
    public FromFile {
      requireNonNull(path, "path is null");
    }
  }

  /// The secret as it is now, without surrounding white space.
  ///
  /// @throws IOException when the file can't be read; the message has its path
  default Secret read() throws IOException {
    return switch (this) {
      case Inline(Secret secret) -> secret;
      case FromFile(Path path) -> {
        try {
          yield new Secret(OutsideFiles.text(path).strip());
        } catch (IOException e) {
          throw new IOException("unable to read file " + path + ": " + e, e);
        }
      }
    };
  }
}
