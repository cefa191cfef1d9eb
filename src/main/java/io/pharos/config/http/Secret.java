package io.pharos.config.http;

import io.pharos.config.yaml.MaskedYaml;

/// A text that prints as `<secret>` everywhere except through [#reveal].
///
/// @param reveal the text itself, only for the request that needs it
public record Secret(String reveal) {
  /// Placeholder for a secret in files, pages and logs.
  public static final String MASK = MaskedYaml.MASK;

  @Override
  public String toString() {
    return MASK;
  }
}
