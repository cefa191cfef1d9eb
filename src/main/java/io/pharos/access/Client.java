package io.pharos.access;

import org.jspecify.annotations.Nullable;

/// Who sends a request, as far as the connection tells.
///
/// @param authorization the header `Authorization`; null if absent
/// @param loopback whether the connection comes from this host
/// @param forwarded whether a proxy says that it forwards for someone else: then the connection's
///   address says nothing about the sender
public record Client(@Nullable String authorization, boolean loopback, boolean forwarded) {
  /// Whether the sender is on this host itself.
  public boolean isLocal() {
    return loopback && !forwarded;
  }
}
