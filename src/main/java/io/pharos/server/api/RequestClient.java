package io.pharos.server.api;

import static java.util.Objects.requireNonNull;

import io.pharos.access.Client;
import io.pharos.access.TrustBoundary;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.Set;

/// Tells who sends a request of this server.
public final class RequestClient {
  private final TrustBoundary perimeter;

  public RequestClient(TrustBoundary perimeter) {
    this.perimeter = requireNonNull(perimeter, "perimeter is null");
  }

  public Client of(HttpServerRequest request) {
    var peer = request.remoteAddress();
    var cookie = request.getCookie(TrustBoundary.COOKIE);
    return perimeter.client(
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
      var asked = request.authority();
      // HTTP/2 says whom it asks in `:authority` instead.
      return values.isEmpty()
              && asked != null
              && name.equals("Host")
              && request.version() == HttpVersion.HTTP_2
          ? List.of(asked.toString())
          : values;
    }
  }
}
