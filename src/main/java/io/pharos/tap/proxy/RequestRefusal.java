package io.pharos.tap.proxy;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Why the tap answers a request itself instead of forwarding it: the backend might understand it
/// in another way than the tap.
enum RequestRefusal {
  /// The request violates HTTP.
  MALFORMED(400),
  /// CONNECT asks for a tunnel. TRACE shows a client the headers that proxies add.
  METHOD(405);

  /// Methods that are forwarded, for the header `Allow`. Others are forwarded too.
  static final String ALLOWED = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

  private static final Set<HttpMethod> REFUSED = Set.of(HttpMethod.CONNECT, HttpMethod.TRACE);

  private final int status;

  RequestRefusal(int status) {
    this.status = status;
  }

  int status() {
    return status;
  }

  /// Returns why this request must not be forwarded; empty if it may be.
  static Optional<RequestRefusal> of(HttpServerRequest request) {
    if (hasAmbiguousEnd(request) || hasAmbiguousHost(request)) {
      return Optional.of(MALFORMED);
    }
    if (REFUSED.contains(request.method())) {
      return Optional.of(METHOD);
    }
    return isValidTarget(request) ? Optional.empty() : Optional.of(MALFORMED);
  }

  /* Returns whether two servers may disagree about the end of a request because of its
   * Transfer-Encoding. Such a request may be used for request smuggling. */
  private static boolean hasAmbiguousEnd(HttpServerRequest request) {
    List<String> encodings = request.headers().getAll("Transfer-Encoding");
    return !encodings.isEmpty()
        && (!encodings.equals(List.of("chunked")) || request.version() != HttpVersion.HTTP_1_1);
  }

  /* RFC 9112, 3.2: HTTP/1.1 needs exactly one valid Host. */
  private static boolean hasAmbiguousHost(HttpServerRequest request) {
    List<String> hosts = request.headers().getAll("Host");
    return hosts.size() > 1
        || (hosts.isEmpty() && request.version() == HttpVersion.HTTP_1_1)
        || !hosts.stream().allMatch(RequestRefusal::isValidHost);
  }

  private static boolean isValidHost(String host) {
    return host.chars().allMatch(c -> isVisible(c) && "/@?#\\<>\"{}|^`".indexOf(c) < 0);
  }

  /* RFC 9112, 3.2: a path, `*` for OPTIONS, or a URL whose authority is the Host. */
  private static boolean isValidTarget(HttpServerRequest request) {
    String target = request.uri();
    if (!target.chars().allMatch(RequestRefusal::isVisible)) {
      return false;
    }
    if (target.startsWith("/")) {
      return true;
    }
    if (target.equals("*")) {
      return request.method().equals(HttpMethod.OPTIONS);
    }
    String host = request.getHeader("Host");
    try {
      URI url = new URI(target);
      return ("http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme()))
          && url.getRawAuthority() != null
          && (host == null || url.getRawAuthority().equalsIgnoreCase(host));
    } catch (URISyntaxException _) {
      return false;
    }
  }

  /* Whether a character is printable ASCII and no space. */
  private static boolean isVisible(int c) {
    return c > ' ' && c < 0x7f;
  }
}
