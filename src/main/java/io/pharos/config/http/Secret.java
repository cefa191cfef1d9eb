package io.pharos.config.http;

import static java.util.Objects.requireNonNull;

/// A text that must not be shown. It prints as `<secret>` everywhere; only [#reveal] gives it away.
///
/// @param reveal the text itself, for the request that needs it and nothing else
public record Secret(String reveal) {
  /// What stands in for the text in files, pages and logs.
  public static final String MASK = "<secret>";

  public Secret {
    requireNonNull(reveal, "secret is null");
  }

  @Override
  public String toString() {
    return MASK;
  }
}
