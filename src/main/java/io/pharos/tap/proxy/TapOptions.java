package io.pharos.tap.proxy;

import io.pharos.config.http.TlsOptions;
import io.pharos.limits.connections.Connections.ConnectionLimits;
import io.pharos.model.BaseUrl;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.time.Duration;

/// Options of a tap.
///
/// @param host listen address of the proxy
/// @param port listen port of the proxy; 0 for any free port
/// @param tls TLS options of the listener, which uses plain HTTP if they contain no certificate
/// @param upstream URL of the backend, `http://HOST:PORT` or `https://HOST:PORT`
/// @param upstreamTls TLS options of connections to the backend; must be the default if `upstream`
///   begins with `http:`
/// @param metricsHost listen address of the metrics endpoint
/// @param metricsPort listen port of the metrics endpoint; 0 for any free port
/// @param loops number of event-loop threads, 1 to 64
/// @param connectTimeout maximum time for opening a connection to the backend, 10 ms to 1 min
/// @param responseTimeout maximum time from the end of a request to the start of its answer, 10 ms
///   to 1 h
/// @param idleTimeout time without traffic after which an open exchange, or a connection to the
///   backend, is closed, 1 s to 24 h
/// @param connections limits of client connections, at most 1,000,000
/// @param maxInFlight maximum number of concurrent exchanges, 1 to 100,000; further requests are
///   answered with 503
/// @param maxHeaderBytes maximum size of the headers of a request in bytes, 1 KiB to 1 MiB
/// @param maxSeries maximum number of label sets of the metrics, 100 to 100,000
/// @param forwarded how the `X-Forwarded-…` headers are set
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
    ConnectionLimits connections,
    int maxInFlight,
    int maxHeaderBytes,
    int maxSeries,
    ForwardedHeaders forwarded) {
  /// Bytes per second for which a client that sends a body counts as steady: less than the slowest
  /// mobile network in use carries (GPRS, about 4 KiB/s), more than a client that sends single
  /// bytes to hold a place.
  static final int BODY_RATE = 1 << 10;

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
    range("connections", connections.maxConnections(), 1, 1_000_000);
    range("requests in flight", maxInFlight, 1, 100_000);
    range("bytes of headers", maxHeaderBytes, 1 << 10, 1 << 20);
    range("series", maxSeries, 100, 100_000);
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
        limits(16_384, 0, Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(5)),
        4096,
        64 << 10,
        1000,
        ForwardedHeaders.APPEND);
  }

  /// Returns limits of client connections for uploads of any length.
  ///
  /// @param reserve file descriptors that the connections leave free
  /// @param head maximum time for the head of a request
  /// @param read maximum time by which the body of a request may fall behind [#BODY_RATE], and
  ///   maximum pause of a client that reads an answer
  /// @param idle maximum time without a request
  public static ConnectionLimits limits(
      int maxConnections, int reserve, Duration head, Duration read, Duration idle) {
    return new ConnectionLimits(maxConnections, reserve, head, read, idle, BODY_RATE);
  }

  /// Returns the port of the backend; the default port of its scheme if the URL names none.
  public int upstreamPort() {
    return BaseUrl.port(upstream);
  }

  /// Returns whether the backend is reached over TLS.
  boolean isUpstreamTls() {
    return "https".equals(upstream.getScheme());
  }

  /// Returns the options of a request to the backend. A configured TLS server name replaces the
  /// backend's host name, also in SNI.
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

  private static void range(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s: expected %d to %d, found %d".formatted(name, min, max, value));
    }
  }
}
