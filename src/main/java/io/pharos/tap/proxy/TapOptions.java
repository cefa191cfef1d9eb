package io.pharos.tap.proxy;

import io.pharos.config.http.TlsOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.time.Duration;

/// Options of a tap.
///
/// @param port listen port; 0 for any free port
/// @param tls TLS of the listener; plain HTTP without a certificate
/// @param upstream backend, `http://HOST:PORT` or `https://HOST:PORT`
/// @param upstreamTls TLS of connections to the backend; must be the default for `http`
/// @param metricsPort listen port of the metrics endpoint; 0 for any free port
/// @param loops number of event-loop threads, 1 to 64
/// @param connectTimeout maximum time for opening a connection to the backend, 10 ms to 1 min
/// @param responseTimeout maximum time from the end of a request to the start of its answer, 10 ms
///   to 1 h
/// @param idleTimeout time without traffic after which a connection is closed, 1 s to 24 h
/// @param mostConnections maximum number of client connections, 1 to 1,000,000; further ones are
///   closed
/// @param mostInFlight maximum number of concurrent exchanges, 1 to 100,000; further ones get 503
/// @param mostHeaderBytes maximum size of the headers of a request in bytes, 1 KiB to 1 MiB
/// @param mostSeries maximum number of label sets of the metrics, 100 to 100,000
public record TapOptions(
    String host,
    int port,
    TlsOptions tls,
    URI upstream,
    TlsOptions upstreamTls,
    String metricsHost,
    int metricsPort,
    int loops,
    Duration connectTimeout,
    Duration responseTimeout,
    Duration idleTimeout,
    int mostConnections,
    int mostInFlight,
    int mostHeaderBytes,
    int mostSeries,
    ForwardedHeaders forwarded) {
  /// Validates the ranges.
  public TapOptions {
    if (!("http".equals(upstream.getScheme()) || "https".equals(upstream.getScheme()))
        || upstream.getHost() == null
        || upstream.getUserInfo() != null
        || !(upstream.getRawPath().isEmpty() || upstream.getRawPath().equals("/"))
        || upstream.getRawQuery() != null
        || upstream.getRawFragment() != null) {
      throw new IllegalArgumentException("expected http://HOST:PORT or https://HOST:PORT");
    }
    if (!"https".equals(upstream.getScheme()) && !upstreamTls.equals(TlsOptions.DEFAULT)) {
      throw new IllegalArgumentException(
          "upstream " + upstream + ": TLS options need https://HOST:PORT");
    }
    port("port", port);
    port("metrics port", metricsPort);
    range("threads", loops, 1, 64);
    range("connect timeout in ms", connectTimeout.toMillis(), 10, 60_000);
    range("response timeout in ms", responseTimeout.toMillis(), 10, 3_600_000);
    range("idle timeout in ms", idleTimeout.toMillis(), 1000, 86_400_000);
    range("connections", mostConnections, 1, 1_000_000);
    range("requests in flight", mostInFlight, 1, 100_000);
    range("bytes of headers", mostHeaderBytes, 1 << 10, 1 << 20);
    range("series", mostSeries, 100, 100_000);
  }

  /// Returns default options on free ports of the loopback interface.
  public static TapOptions local(URI upstream) {
    return new TapOptions(
        "127.0.0.1",
        0,
        TlsOptions.DEFAULT,
        upstream,
        TlsOptions.DEFAULT,
        "127.0.0.1",
        0,
        Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4),
        Duration.ofSeconds(2),
        Duration.ofSeconds(60),
        Duration.ofHours(1),
        16_384,
        4096,
        64 << 10,
        1000,
        ForwardedHeaders.APPEND);
  }

  /// Returns the backend's port.
  public int upstreamPort() {
    return upstream.getPort() >= 0 ? upstream.getPort() : isUpstreamTls() ? 443 : 80;
  }

  /// Returns whether the backend is reached over TLS.
  boolean isUpstreamTls() {
    return "https".equals(upstream.getScheme());
  }

  /// Returns the options of a request to the backend. A configured server name is also sent as SNI.
  RequestOptions toUpstream(String uri) {
    String name = upstreamTls.serverName();
    return new RequestOptions()
        .setMethod(HttpMethod.GET)
        .setServer(SocketAddress.inetSocketAddress(upstreamPort(), upstream.getHost()))
        .setHost(name.isEmpty() ? upstream.getHost() : name)
        .setPort(upstreamPort())
        .setURI(uri);
  }

  private static void port(String name, int port) {
    range(name, port, 0, 65535);
  }

  private static void range(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%d %s: expected %d to %d".formatted(value, name, least, most));
    }
  }
}
