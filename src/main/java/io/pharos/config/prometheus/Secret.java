package io.pharos.config.prometheus;

import static java.util.Objects.requireNonNull;

/// A text that must not be shown: printing it gives `<secret>`.
///
/// @param reveal the text itself
public record Secret(String reveal) {
  public Secret {
    requireNonNull(reveal, "secret is null");
  }

  @Override
  public String toString() {
    return "<secret>";
  }
}
