package io.pharos.access;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/// Who sends a request, as far as its connection and its headers tell; made by [TrustBoundary].
///
/// @param authorization the header `Authorization`; null if absent
/// @param session what the session cookie holds; null if absent
/// @param address where the request comes from, for logs: the peer, or whom a trusted proxy names
/// @param foreign why it may not be somebody on this host; empty if it is
/// @param crossSite why a page of another site may have sent it; empty if none has
public record Client(
    @Nullable String authorization,
    @Nullable String session,
    String address,
    String foreign,
    String crossSite) {
  public Client {
    requireNonNull(address, "address is null");
    requireNonNull(foreign, "foreign is null");
    requireNonNull(crossSite, "crossSite is null");
  }

  /// The same client as it will be when it writes from a page that we show it now, whichever site
  /// it came from.
  public Client fromOwnPage() {
    return new Client(
        authorization, session, address, foreign.equals(crossSite) ? "" : foreign, "");
  }

  /// What it shows under a scheme of authentication, such as `Bearer`; null where it does not.
  public @Nullable String credentials(String scheme) {
    if (authorization == null) {
      return null;
    }
    String[] parts = authorization.strip().split("\\s+", 2);
    return parts.length == 2 && parts[0].equalsIgnoreCase(scheme) ? parts[1] : null;
  }

  /// Whether the sender is on this host itself.
  public boolean isLocal() {
    return foreign.isEmpty();
  }
}
