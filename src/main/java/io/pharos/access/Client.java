package io.pharos.access;

import org.jspecify.annotations.Nullable;

/// The sender of a request, according to the connection and the headers. [TrustBoundary] creates
/// this record.
///
/// @param authorization the `Authorization` header; null if absent
/// @param session the session cookie; null if absent
/// @param address address for logs: the peer's address, or the address that a trusted proxy reports
/// @param foreign why the client may be on another host; empty if it is on this host
/// @param crossSite why a page of another site may have sent the request; empty if no other site's
///   page can have sent it
public record Client(
    @Nullable String authorization,
    @Nullable String session,
    String address,
    String foreign,
    String crossSite) {
  /// Returns this client as if Pharos' own page had sent the request: without `crossSite`, and
  /// without `foreign` if that has the same reason. Used while showing a form: the request for the
  /// page may come from a link on another site, but the form is sent from Pharos' page.
  public Client fromOwnPage() {
    return new Client(
        authorization, session, address, foreign.equals(crossSite) ? "" : foreign, "");
  }

  /// Returns the credentials for an authentication scheme such as `Bearer`; null if absent.
  public @Nullable String credentials(String scheme) {
    if (authorization == null) {
      return null;
    }
    String[] parts = authorization.strip().split("\\s+", 2);
    return parts.length == 2 && parts[0].equalsIgnoreCase(scheme) ? parts[1] : null;
  }

  /// Whether the client is on this host.
  public boolean isLocal() {
    return foreign.isEmpty();
  }
}
