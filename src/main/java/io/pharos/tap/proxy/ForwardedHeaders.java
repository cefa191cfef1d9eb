package io.pharos.tap.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;

/// How the tap sets the headers `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host`.
public enum ForwardedHeaders {
  /// Appends the client's address to `X-Forwarded-For`, and sets the other two headers if they are
  /// missing. For a tap behind a trusted proxy.
  APPEND,
  /// Replaces received values. For a tap that clients reach directly.
  REPLACE,
  /// Leaves received values unchanged.
  KEEP;

  private static final String FOR = "X-Forwarded-For";
  private static final String PROTO = "X-Forwarded-Proto";
  private static final String HOST = "X-Forwarded-Host";

  /// Applies the mode to the headers of a request to the backend.
  void apply(HttpServerRequest request, MultiMap headers) {
    if (this == KEEP) {
      return;
    }
    String client = request.remoteAddress().hostAddress();
    String received = String.join(", ", headers.getAll(FOR));
    boolean replaces = this == REPLACE;
    headers.set(FOR, replaces || received.isEmpty() ? client : received + ", " + client);
    if (replaces || !headers.contains(PROTO)) {
      headers.set(PROTO, request.isSSL() ? "https" : "http");
    }
    HostAndPort authority = request.authority();
    if (authority != null && (replaces || !headers.contains(HOST))) {
      headers.set(HOST, authority.toString());
    } else if (replaces) {
      headers.remove(HOST);
    }
  }
}
