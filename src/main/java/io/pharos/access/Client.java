package io.pharos.access;

import org.jspecify.annotations.Nullable;

/// The sender of a request according to its connection and headers; [TrustBoundary] creates it.
///
/// @param authorization the `Authorization` header; null if absent
/// @param session the session cookie; null if absent
/// @param address the peer's address, or the address that a trusted proxy reports, for logs
/// @param foreign why it may not be on this host; empty if it is
/// @param crossSite why a page of another site may have sent the request; empty if none has
public record Client(
    @Nullable String authorization,
    @Nullable String session,
    String address,
    String foreign,
    String crossSite) {
  /// The same client when it submits a form of the page that is shown now, regardless of the site
  /// that linked to the page.
  public Client fromOwnPage() {
    return new Client(
        authorization, session, address, foreign.equals(crossSite) ? "" : foreign, "");
  }

  /// The credentials of an authentication scheme such as `Bearer`; null if absent.
  public @Nullable String credentials(String scheme) {
    if (authorization == null) {
      return null;
    }
    String[] parts = authorization.strip().split("\\s+", 2);
    return parts.length == 2 && parts[0].equalsIgnoreCase(scheme) ? parts[1] : null;
  }

  /// Whether the sender is on this host.
  public boolean isLocal() {
    return foreign.isEmpty();
  }
}
