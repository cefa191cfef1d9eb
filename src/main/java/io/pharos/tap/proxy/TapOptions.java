package io.pharos.tap.proxy;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.TlsOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.time.Duration;

/// How a tap is to run.
///
/// @param host the address that it listens on
/// @param port the TCP port, 0 for any free one
/// @param tls how clients are spoken to: TLS where a certificate is set
/// @param upstream the backend, `http://HOST:PORT` or `https://HOST:PORT`
/// @param upstreamTls how the backend is spoken to where it is `https`; of the default otherwise
/// @param metricsHost the address of its own metrics, `/tap/metrics`
/// @param metricsPort the TCP port of these, 0 for any free one
/// @param loops threads that do all of the work, 1 to 64
/// @param connectTimeout for a connection to the backend, 10 ms to 1 min
/// @param responseTimeout from the end of a request to the beginning of its answer, 10 ms to 1 h
/// @param idleTimeout how long a connection may be silent, 1 s to 24 h
/// @param mostConnections of clients, 1 to 1,000,000; more are closed at once
/// @param mostInFlight most exchanges at once, 1 to 100,000; beyond it answers 503
/// @param mostHeaderBytes of a request's headers, 1 KiB to 1 MiB
/// @param mostSeries label sets of its metrics, 100 to 100,000
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
  /// Checks the ranges.
  public TapOptions {
    requireNonNull(forwarded, "forwarded is null");
    requireNonNull(tls, "tls is null");
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
          "upstream " + upstream + ": what is said of its TLS needs https://HOST:PORT");
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

  /// With what fits most backends, on any free ports of this machine.
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

  /// The backend's port.
  public int upstreamPort() {
    return upstream.getPort() >= 0 ? upstream.getPort() : isUpstreamTls() ? 443 : 80;
  }

  /// Whether the backend is spoken to by TLS.
  boolean isUpstreamTls() {
    return "https".equals(upstream.getScheme());
  }

  /// The backend, as a request to it begins. Where its certificate is to have another name than its
  /// address, that name is asked for too (SNI).
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
