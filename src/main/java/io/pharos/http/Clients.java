package io.pharos.http;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.TlsOptions;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Makes the clients for whatever goes out over HTTP; they share its threads. Thread-safe.
public final class Clients implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /* Platform threads, not virtual ones: a client resolves names on its executor, and that blocks
   * the carrier of a virtual thread. With two carriers, two slow resolvers would stop everything. */
  private final ExecutorService executor =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("http-client-", 0).factory());

  private final InstantSource clock;
  private final Map<String, String> environment;

  /// @param clock tells when access tokens expire
  public Clients(InstantSource clock) {
    this(clock, System.getenv());
  }

  /// @param environment for `proxy_from_environment`
  Clients(InstantSource clock, Map<String, String> environment) {
    this.clock = requireNonNull(clock, "clock is null");
    this.environment = Map.copyOf(environment);
  }

  /// A client for one kind of server. Files are read when it is first used.
  public OutgoingClient open(HttpOptions options) {
    return new OutgoingClient(this, options, clock);
  }

  /// Follows no redirect by itself: [OutgoingClient] does, and leaves secrets out.
  ///
  /// @throws IOException when a file of the TLS options can't be used; the message has its name
  /// @throws IllegalArgumentException when the environment's proxy is no HTTP proxy
  HttpClient create(HttpOptions options) throws IOException {
    var client =
        HttpClient.newBuilder()
            .executor(executor)
            .connectTimeout(CONNECT_TIMEOUT)
            .version(
                options.enableHttp2() ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER);
    TlsOptions tls = options.tls();
    if (!tls.equals(TlsOptions.DEFAULT)) {
      client.sslContext(TlsContext.create(tls)).sslParameters(TlsContext.parameters(tls));
    }
    ProxyRules.of(options.proxy(), environment).ifPresent(client::proxy);
    return client.build();
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
