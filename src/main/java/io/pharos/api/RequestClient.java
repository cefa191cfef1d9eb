package io.pharos.api;

import static java.util.Objects.requireNonNull;

import io.pharos.access.Client;
import io.pharos.access.Perimeter;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Set;

/// Tells who sends a request of this server.
public final class RequestClient {
  private final Perimeter perimeter;

  public RequestClient(Perimeter perimeter) {
    this.perimeter = requireNonNull(perimeter, "perimeter is null");
  }

  public Client of(HttpServerRequest request) {
    var peer = request.remoteAddress();
    var cookie = request.getCookie(Perimeter.COOKIE);
    return perimeter.client(
        new RequestHeaders(request),
        peer == null ? null : peer.hostAddress(),
        cookie == null ? null : cookie.getValue());
  }

  private record RequestHeaders(HttpServerRequest request) implements Perimeter.Headers {
    @Override
    public Set<String> names() {
      return request.headers().names();
    }

    @Override
    public List<String> values(String name) {
      return request.headers().getAll(name);
    }
  }
}
