package io.pharos.probe.protocol;

import io.pharos.config.http.TlsOptions;
import io.pharos.http.TlsContext;
import io.pharos.model.BaseUrl;
import io.pharos.model.IpAddress;
import io.pharos.model.Quoted;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.RequestPhase;
import io.pharos.trouble.FailureOrigin;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// Opens connections for attempts, and records the phases.
///
/// @param resolving executor for name resolution; uses platform threads, because getaddrinfo blocks
///   the carrier of a virtual thread
record ProbeConnector(ExecutorService resolving, NameResolver resolver) {
  /// Resolves host names.
  @FunctionalInterface
  interface NameResolver {
    /// Returns the addresses in the order of preference.
    ///
    /// @throws UnknownHostException if there are none; the message comes from the resolver
    InetAddress[] resolve(String host) throws UnknownHostException;
  }

  /// Opens a connection, with TLS if options are given. Closing the attempt closes the connection.
  Socket connect(
      ProbeAttempt attempt,
      ProbeCheck.Server server,
      ProbeCheck.IpFamily ip,
      @Nullable TlsOptions tls)
      throws ProbeException, InterruptedException {
    return connect(attempt, server, ip, tls, List.of());
  }

  /// Opens a connection, with TLS if options are given. Negotiates an application protocol during
  /// the TLS handshake.
  ///
  /// @param protocols names of the application protocols for ALPN
  Socket connect(
      ProbeAttempt attempt,
      ProbeCheck.Server server,
      ProbeCheck.IpFamily ip,
      @Nullable TlsOptions tls,
      List<String> protocols)
      throws ProbeException, InterruptedException {
    attempt.tls = false;
    attempt.enter(RequestPhase.RESOLVE);
    List<InetAddress> addresses = resolve(attempt, server.host(), ip);
    attempt.enter(RequestPhase.CONNECT);
    Socket socket = connect(attempt, addresses, server.port());
    if (tls == null) {
      attempt.leave();
      return socket;
    }
    attempt.enter(RequestPhase.TLS);
    Socket secure = secure(attempt, socket, server, tls, protocols);
    attempt.leave();
    return secure;
  }

  /// Returns the server of a URL.
  static ProbeCheck.Server server(URI url) {
    return new ProbeCheck.Server(url.getHost(), BaseUrl.port(url));
  }

  /// Returns the addresses of a host that belong to the IP family; at least one address.
  List<InetAddress> resolve(ProbeAttempt attempt, String host, ProbeCheck.IpFamily ip)
      throws ProbeException, InterruptedException {
    Optional<InetAddress> literal = IpAddress.parse(host);
    InetAddress[] all =
        literal.isPresent() ? new InetAddress[] {literal.get()} : lookUp(attempt, host);
    List<InetAddress> usable = Arrays.stream(all).filter(address -> isOf(ip, address)).toList();
    if (usable.isEmpty()) {
      throw ProbeException.failure(
          "resolve: " + Quoted.of(host) + " has no address of the family " + ip);
    }
    return usable;
  }

  private InetAddress[] lookUp(ProbeAttempt attempt, String name)
      throws ProbeException, InterruptedException {
    Future<InetAddress[]> answer;
    try {
      answer = resolving.submit(() -> resolver.resolve(name));
    } catch (RejectedExecutionException _) {
      throw ProbeException.unknown(
          FailureOrigin.Kind.RESOLVER, "the prober resolves too many names at once");
    }
    try {
      return answer.get(attempt.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      answer.cancel(true);
      throw ProbeException.failure(
          "resolve: no answer for %s within %d ms"
              .formatted(Quoted.of(name), attempt.timeout.toMillis()));
    } catch (ExecutionException e) {
      throw unresolved(name, e.getCause());
    }
  }

  private static ProbeException unresolved(String host, @Nullable Throwable cause) {
    String message = String.valueOf(cause == null ? null : cause.getMessage());
    FailureOrigin fault = cause == null ? new FailureOrigin.Remote() : FailureOrigin.of(cause);
    if (cause instanceof UnknownHostException && fault instanceof FailureOrigin.Remote) {
      return ProbeException.failure("resolve: " + Quoted.of(host) + " is not known: " + message);
    }
    return ProbeException.unknown(
        fault instanceof FailureOrigin.Own own ? own.kind() : FailureOrigin.Kind.RESOLVER,
        "the prober can't resolve names: " + message);
  }

  private static boolean isOf(ProbeCheck.IpFamily ip, InetAddress address) {
    return switch (ip) {
      case ANY -> true;
      case IP4 -> address instanceof Inet4Address;
      case IP6 -> address instanceof Inet6Address;
    };
  }

  private static Socket connect(ProbeAttempt attempt, List<InetAddress> addresses, int port)
      throws ProbeException {
    var failures = new ArrayList<String>();
    for (InetAddress address : addresses) {
      long timeoutMillis = attempt.remaining().toMillis() / (addresses.size() - failures.size());
      Socket socket = new Socket();
      try {
        attempt.register(socket);
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(address, port), (int) Math.max(1, timeoutMillis));
        return socket;
      } catch (SocketTimeoutException _) {
        failures.add(address.getHostAddress() + ": no answer");
      } catch (IOException e) {
        if (attempt.isExpired()) {
          throw ProbeException.failure(timedOut(attempt));
        }
        if (FailureOrigin.of(e) instanceof FailureOrigin.Own own) {
          throw ProbeException.unknown(own.kind(), "the prober can't connect: " + e.getMessage());
        }
        failures.add(address.getHostAddress() + ": " + e.getMessage());
      }
    }
    throw ProbeException.failure("connect: port " + port + ": " + String.join("; ", failures));
  }

  private static Socket secure(
      ProbeAttempt attempt,
      Socket plain,
      ProbeCheck.Server server,
      TlsOptions options,
      List<String> protocols)
      throws ProbeException {
    SSLContext context;
    try {
      context =
          TlsContext.create(
              options,
              new CertificateExpiryReader(TlsContext.trust(options), attempt::recordChain));
    } catch (IOException e) {
      throw ProbeException.unknown(FailureOrigin.Kind.CREDENTIALS, String.valueOf(e.getMessage()));
    }
    String name = options.serverName().isEmpty() ? server.host() : options.serverName();
    try {
      SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(plain, name, server.port(), false);
      SSLParameters parameters = TlsContext.parameters(options);
      parameters.setApplicationProtocols(protocols.toArray(String[]::new));
      if (!options.insecureSkipVerify()) {
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
      }
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      attempt.tls = true;
      attempt.session = socket.getSession();
      return socket;
    } catch (IOException e) {
      throw ProbeException.failure(attempt.isExpired() ? timedOut(attempt) : "tls: " + explain(e));
    }
  }

  static String timedOut(ProbeAttempt attempt) {
    return "%s: timed out after %d ms".formatted(attempt.phase.label(), attempt.timeout.toMillis());
  }

  private static String explain(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException && cause.getMessage() != null) {
        return cause.getMessage();
      }
    }
    return String.valueOf(e.getMessage());
  }
}
