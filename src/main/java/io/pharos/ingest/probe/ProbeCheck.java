package io.pharos.ingest.probe;

import static java.util.Objects.requireNonNull;

import com.google.re2j.Pattern;
import io.pharos.config.http.TlsOptions;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a probe does.
public sealed interface ProbeCheck {
  /// Which addresses of a name are used.
  enum IpFamily {
    ANY,
    IP4,
    IP6
  }

  /// An inclusive range of HTTP statuses.
  record StatusRange(int from, int to) {
    public StatusRange {
      if (from < 100 || to > 599 || from > to) {
        throw new IllegalArgumentException("expected statuses between 100 and 599");
      }
    }

    boolean contains(int status) {
      return status >= from && status <= to;
    }

    @Override
    public String toString() {
      return from == to ? Integer.toString(from) : from + "-" + to;
    }
  }

  /// A request over HTTP/1.1.
  ///
  /// @param expected which statuses are right
  /// @param json what must hold of the body as JSON
  /// @param bodyMatches a regular expression that must be found in the body; null for none
  /// @param maxBody the bound of the body in bytes; a longer one is a failure
  /// @param bearerTokenFile read anew for each request; null for none
  record HttpCheck(
      URI url,
      String method,
      Map<String, String> headers,
      String body,
      List<StatusRange> expected,
      List<JsonAssertion> json,
      @Nullable Pattern bodyMatches,
      int maxBody,
      boolean followRedirects,
      @Nullable Path bearerTokenFile,
      TlsOptions tls,
      IpFamily ip)
      implements ProbeCheck {
    public HttpCheck {
      requireNonNull(url, "url is null");
      requireNonNull(method, "method is null");
      headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
      requireNonNull(body, "body is null");
      expected = List.copyOf(expected);
      json = List.copyOf(json);
      requireNonNull(tls, "tls is null");
      requireNonNull(ip, "ip is null");
    }

    @Override
    public String instance() {
      return url.toString();
    }
  }

  /// A TCP connection.
  ///
  /// @param send what is sent once connected; may be empty
  /// @param expect a regular expression that must be found in what the target sends; null for none
  /// @param tls null without TLS
  record TcpCheck(
      String host,
      int port,
      String send,
      @Nullable Pattern expect,
      @Nullable TlsOptions tls,
      IpFamily ip)
      implements ProbeCheck {
    public TcpCheck {
      requireNonNull(host, "host is null");
      if (port < 1 || port > 65535) {
        throw new IllegalArgumentException("expected a port between 1 and 65535, found " + port);
      }
      requireNonNull(send, "send is null");
      requireNonNull(ip, "ip is null");
    }

    @Override
    public String instance() {
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
  }

  /// The value of the `instance` label: the URL, or host and port.
  String instance();
}
