package io.pharos.config.http;

import io.pharos.config.yaml.MaskedYaml;

/// A secret text. It prints as `<secret>`; only [#reveal] returns the text.
///
/// @param reveal the text itself, only for the request that needs it
public record Secret(String reveal) {
  /// The placeholder for a secret in files, pages and logs.
  public static final String MASK = MaskedYaml.MASK;

  @Override
  public String toString() {
    return MASK;
  }
}
