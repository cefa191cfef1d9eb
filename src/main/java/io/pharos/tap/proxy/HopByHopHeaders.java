package io.pharos.tap.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Hop-by-hop headers, which a proxy must not forward (RFC 9110, 7.6.1).
final class HopByHopHeaders {
  private static final Set<String> STANDARD = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  static {
    STANDARD.addAll(
        List.of(
            "Connection",
            "Keep-Alive",
            "Proxy-Connection",
            "Proxy-Authenticate",
            "Proxy-Authorization",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade"));
  }

  private HopByHopHeaders() {}

  /// Removes the standard hop-by-hop headers and those that are named in the header Connection.
  static void remove(MultiMap headers) {
    for (String name : named(headers)) {
      headers.remove(name);
    }
    STANDARD.forEach(headers::remove);
  }

  /// Copies all headers except for hop-by-hop headers.
  static void copyOthers(MultiMap from, MultiMap to) {
    Set<String> named = named(from);
    for (Map.Entry<String, String> header : from) {
      String name = header.getKey();
      if (!STANDARD.contains(name)
          && (named.isEmpty() || !named.contains(name.toLowerCase(Locale.ROOT)))) {
        to.add(name, header.getValue());
      }
    }
  }

  /// Returns whether the client requests to close the connection after the answer.
  static boolean asksToClose(HttpServerRequest request) {
    return request.headers().getAll("Connection").stream()
        .flatMap(value -> Arrays.stream(value.split(",", -1)))
        .anyMatch(word -> word.strip().equalsIgnoreCase("close"));
  }

  private static Set<String> named(MultiMap headers) {
    List<String> values = headers.getAll("Connection");
    if (values.isEmpty()) {
      return Set.of();
    }
    var named = new HashSet<String>();
    for (String value : values) {
      for (String name : value.split(",", -1)) {
        named.add(name.strip().toLowerCase(Locale.ROOT));
      }
    }
    named.remove("close");
    named.remove("keep-alive");
    named.remove("");
    // Without these headers, the backend would misread the request, so they are not removed.
    named.removeAll(Set.of("content-length", "content-type", "host", "authorization"));
    return named;
  }
}
