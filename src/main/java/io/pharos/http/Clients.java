package io.pharos.http;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.ProxyOptions;
import io.pharos.config.http.TlsOptions;
import io.pharos.model.IpAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Creates the clients for all outgoing HTTP requests; the clients share threads. Thread-safe.
public final class Clients implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /* Platform threads: a client resolves names on its executor, and a lookup would block the carrier
   * of a virtual thread. On a machine with two processors, two slow lookups would block all virtual
   * threads. */
  private final ExecutorService executor =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("http-client-", 0).factory());

  private final InstantSource clock;
  private final Map<String, String> environment;

  /// @param clock decides when access tokens expire
  public Clients(InstantSource clock) {
    this(clock, System.getenv());
  }

  /// @param environment environment variables for `proxy_from_environment`
  Clients(InstantSource clock, Map<String, String> environment) {
    this.clock = clock;
    this.environment = Map.copyOf(environment);
  }

  /// Returns a new client, which reads the files of its options on first use.
  public OutgoingClient open(HttpOptions options) {
    return new OutgoingClient(this, options, clock);
  }

  /// Creates a JDK client that follows no redirects: [OutgoingClient] follows them without leaking
  /// secrets.
  ///
  /// @throws IOException if a file of the TLS options is unusable; the message names the file
  /// @throws IllegalArgumentException if an environment variable names a proxy that is not an HTTP
  ///   proxy
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

  /// Returns whether requests with these options use no proxy.
  boolean isDirect(HttpOptions options) {
    return options.proxy().equals(ProxyOptions.NONE)
        && System.getProperty("http.proxyHost") == null
        && System.getProperty("https.proxyHost") == null;
  }

  /// Resolves a host name on a separate thread, because a lookup cannot be interrupted.
  ///
  /// @param deadline time by `System.nanoTime()`
  /// @return the first address
  /// @throws ConnectException if the name does not resolve; its cause is an
  ///   [UnresolvedAddressException], as in the JDK's client
  /// @throws HttpConnectTimeoutException if the lookup exceeds the deadline
  InetAddress resolve(String host, long deadline) throws IOException, InterruptedException {
    Optional<InetAddress> literal = IpAddress.parse(host);
    if (literal.isPresent()) {
      return literal.get();
    }
    Future<InetAddress> address = executor.submit(() -> InetAddress.getByName(host));
    try {
      return address.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      address.cancel(true);
      throw new HttpConnectTimeoutException("the host name was not resolved in time");
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof UnknownHostException)) {
        throw OutgoingClient.failure(e);
      }
      throw OutgoingClient.caused(new ConnectException(), new UnresolvedAddressException());
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
