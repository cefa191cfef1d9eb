package io.pharos.tap.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;

/// What becomes of `X-Forwarded-For`, `-Proto` and `-Host`.
public enum ForwardedHeaders {
  /// The client's address goes behind what came; the others are set where they are missing: behind
  /// a proxy that is trusted.
  APPEND,
  /// What came is thrown away: where anybody can reach the tap.
  REPLACE,
  /// They stay as they came.
  KEEP;

  private static final String FOR = "X-Forwarded-For";
  private static final String PROTO = "X-Forwarded-Proto";
  private static final String HOST = "X-Forwarded-Host";

  /// Sets them for a request.
  void apply(HttpServerRequest request, MultiMap headers) {
    if (this == KEEP) {
      return;
    }
    String client = request.remoteAddress().hostAddress();
    String before = String.join(", ", headers.getAll(FOR));
    boolean replaces = this == REPLACE;
    headers.set(FOR, replaces || before.isEmpty() ? client : before + ", " + client);
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
