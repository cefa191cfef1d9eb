package io.pharos.server.api;

import io.pharos.access.Client;
import io.pharos.access.TrustBoundary;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.Set;

/// Determines which client sent a request.
///
/// @param trustBoundary the rules for forwarding headers and cookies
public record RequestClient(TrustBoundary trustBoundary) {
  /// Returns the client that sent the request.
  public Client of(HttpServerRequest request) {
    var peer = request.remoteAddress();
    var cookie = request.getCookie(TrustBoundary.COOKIE);
    return trustBoundary.client(
        new RequestHeaders(request),
        peer == null ? null : peer.hostAddress(),
        cookie == null ? null : cookie.getValue());
  }

  private record RequestHeaders(HttpServerRequest request) implements TrustBoundary.Headers {
    @Override
    public Set<String> names() {
      return request.headers().names();
    }

    @Override
    public List<String> values(String name) {
      List<String> values = request.headers().getAll(name);
      var authority = request.authority();
      // HTTP/2 has `:authority` instead of the header Host.
      return values.isEmpty()
              && authority != null
              && name.equals("Host")
              && request.version() == HttpVersion.HTTP_2
          ? List.of(authority.toString())
          : values;
    }
  }
}
