package io.pharos.config.http;

import static java.util.Objects.requireNonNull;

import io.pharos.config.yaml.MaskedYaml;

/// A text that prints as `<secret>` everywhere except through [#reveal].
///
/// @param reveal the text itself, only for the request that needs it
public record Secret(String reveal) {
  /// Placeholder for a secret in files, pages and logs.
  public static final String MASK = MaskedYaml.MASK;

  public Secret {
    requireNonNull(reveal, "secret is null");
  }

  @Override
  public String toString() {
    return MASK;
  }
}
