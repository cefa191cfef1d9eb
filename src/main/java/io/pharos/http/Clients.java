package io.pharos.http;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.ProxyOptions;
import io.pharos.config.http.TlsOptions;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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

  /// Whether requests of these options go by no proxy.
  boolean isDirect(HttpOptions options) {
    return options.proxy().equals(ProxyOptions.NONE)
        && System.getProperty("http.proxyHost") == null
        && System.getProperty("https.proxyHost") == null;
  }

  /// The address that the resolver names first. It is asked by a thread of its own, for which
  /// nobody waits longer than he has time.
  ///
  /// @param deadline as `System.nanoTime()`
  /// @throws ConnectException caused by an [UnresolvedAddressException] when there is none, as of
  ///   the JDK's client
  InetAddress resolve(String host, long deadline) throws IOException, InterruptedException {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    try {
      return InetAddress.ofLiteral(bare);
    } catch (IllegalArgumentException _) { // a name
      Future<InetAddress> address = executor.submit(() -> InetAddress.getByName(bare));
      try {
        return address.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException _) {
        address.cancel(true);
        throw new HttpConnectTimeoutException("the name of the host is not resolved in time");
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof UnknownHostException)) {
          throw OutgoingClient.failure(e);
        }
        var unresolved = new ConnectException();
        unresolved.initCause(new UnresolvedAddressException());
        throw unresolved;
      }
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
