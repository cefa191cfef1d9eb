package io.pharos.http;

import io.pharos.model.BaseUrl;
import io.pharos.model.PromDuration;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The connection of a caller that polls one server, with or without TLS. It needs less CPU time
/// than the JDK's client, which uses several threads per request. Between requests, the caller can
/// wait until the server closes the connection.
///
/// Confined to one thread. All calls block; on a virtual thread, an interrupt ends them.
public final class KeptConnection implements AutoCloseable {
  private static final long CONNECT_MILLIS = 10_000;

  private @Nullable Connection connection;
  private String origin = "";
  private @Nullable TlsLayer tlsLayer;

  /// Origin of a server that does not support HTTP/1.1, as its TLS handshake showed; empty if none.
  private String unsupported = "";

  /// An open connection.
  ///
  /// @param tcp TCP socket of the connection, also with TLS
  /// @param socket socket for requests: with TLS on top of `tcp`, otherwise the same
  private record Connection(DeadlineSocket tcp, Socket socket) {}

  /* The latest request with its encoded text, because callers usually repeat the same object. */
  private @Nullable HttpRequest lastRequest;
  private byte[] lastText = {};

  /// Returns whether the connection is open. A connection that the server has closed may still be
  /// reported as open.
  public boolean isOpen() {
    return connection != null;
  }

  /// Returns whether this connection supports a request: `GET` over HTTP/1.1.
  boolean supports(HttpRequest request) {
    return request.method().equals("GET")
        && (unsupported.isEmpty() || !unsupported.equals(origin(request.uri())));
  }

  private static String origin(URI url) {
    return url.getScheme() + "://" + url.getHost() + ":" + BaseUrl.port(url);
  }

  /// Sends a request over the open connection, or over a new one. If the server has closed the open
  /// connection, the request is sent again over a new one.
  ///
  /// @param tls null for plain HTTP
  /// @param deadline time by `System.nanoTime()`
  /// @param limit timeout that ends at `deadline`; used in error messages
  /// @throws UnsupportedProtocolException if the server does not support HTTP/1.1; nothing was
  ///   sent, and [#supports] returns false from now on
  /// @throws ConnectException if no connection can be opened
  /// @throws HttpTimeoutException if the response is not complete in time
  /// @throws IOException if the response is invalid, or the body's subscriber failed
  <T> HttpResponse<T> exchange(
      HttpRequest request,
      HttpResponse.BodyHandler<T> body,
      Resolver resolver,
      @Nullable TlsLayer tls,
      long deadline,
      Duration limit)
      throws IOException, InterruptedException {
    URI url = request.uri();
    String requestedOrigin = isRepeated(request) ? origin : origin(url);
    if (!requestedOrigin.equals(origin)
        || !Objects.equals(tls, tlsLayer)) { // a new server, or new certificates
      close();
      origin = requestedOrigin;
      tlsLayer = tls;
    }
    byte[] text = text(request);
    boolean reusable = false;
    try {
      while (true) {
        Connection existing = connection;
        Connection open = existing == null ? connect(url, resolver, tls, deadline) : existing;
        connection = open;
        open.tcp.setDeadline(deadline);
        try (var exchange = new Http1Exchange(open.socket)) {
          if (existing == null ? exchange.begin(text) : beginReused(exchange, text)) {
            HttpResponse<T> response = exchange.response(request, body);
            reusable = exchange.isReusable();
            return response;
          }
        }
        if (existing == null) {
          throw new EOFException("the server closed the connection without an answer");
        }
        close();
      }
    } catch (IOException e) {
      throw translated(e, limit);
    } finally {
      if (!reusable) {
        close();
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // comparing requests takes as long as encoding one
  private boolean isRepeated(HttpRequest request) {
    return request == lastRequest;
  }

  private byte[] text(HttpRequest request) {
    if (!isRepeated(request)) {
      lastText = Http1Exchange.encode(OutgoingClient.withDefaults(request));
      lastRequest = request;
    }
    return lastText;
  }

  /* Returns the exception to throw for a problem. A timeout of the TCP socket may be any of its
   * causes, because TLS wraps it. */
  private static IOException translated(IOException problem, Duration limit)
      throws InterruptedException {
    if (Thread.interrupted()) {
      throw OutgoingClient.caused(new InterruptedException(), problem);
    }
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof HttpTimeoutException known) {
        return known;
      }
      if (cause instanceof SocketTimeoutException) {
        return OutgoingClient.caused(
            new HttpTimeoutException("no complete response within " + PromDuration.format(limit)),
            problem);
      }
    }
    return problem;
  }

  /// Sends a request over a connection that was used before.
  ///
  /// @return false if the server has closed the connection
  private static boolean beginReused(Http1Exchange exchange, byte[] text) throws IOException {
    try {
      return exchange.begin(text);
    } catch (SocketException | SSLException e) {
      if (Thread.currentThread().isInterrupted()
          || e.getCause() instanceof SocketTimeoutException) {
        throw e;
      }
      return false; // a reset means that the server has closed the connection
    }
  }

  private Connection connect(URI url, Resolver resolver, @Nullable TlsLayer tls, long deadline)
      throws IOException, InterruptedException {
    InetAddress address = resolver.resolve(url.getHost(), deadline);
    var tcp = new DeadlineSocket();
    boolean connected = false;
    try {
      connect(tcp, new InetSocketAddress(address, BaseUrl.port(url)), deadline);
      tcp.setDeadline(deadline);
      Socket withTls = tls == null ? tcp : tls.over(tcp, url.getHost(), BaseUrl.port(url));
      connected = true;
      return new Connection(tcp, withTls);
    } catch (UnsupportedProtocolException e) {
      unsupported = origin;
      throw e;
    } finally {
      if (!connected) {
        tcp.close();
      }
    }
  }

  private static void connect(Socket tcp, InetSocketAddress address, long deadline)
      throws IOException {
    try {
      tcp.setOption(StandardSocketOptions.TCP_NODELAY, true);
      long millis = Math.min(CONNECT_MILLIS, DeadlineSocket.millisUntil(deadline));
      tcp.connect(address, (int) millis);
    } catch (SocketTimeoutException e) {
      throw OutgoingClient.caused(new HttpConnectTimeoutException("HTTP connect timed out"), e);
    } catch (ConnectException e) {
      throw e;
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      throw OutgoingClient.caused(new ConnectException(e.getMessage()), e);
    }
  }

  /// Waits until the server closes the connection, or until the time has passed. Returns at once if
  /// there is no connection.
  ///
  /// @param timeout maximum time to wait
  /// @return whether the server has closed the connection
  public boolean awaitClosed(Duration timeout) throws InterruptedException {
    Connection open = connection;
    if (open == null) {
      return false;
    }
    try {
      open.tcp.setDeadline(System.nanoTime() + timeout.toNanos());
      int nextByte = open.socket.getInputStream().read();
      close();
      return nextByte < 0; // after an unexpected byte the connection is unusable
    } catch (SocketTimeoutException _) { // not closed within the time
      return false;
    } catch (IOException e) {
      close();
      if (Thread.currentThread().isInterrupted()) {
        throw OutgoingClient.caused(new InterruptedException(), e);
      }
      return true;
    }
  }

  /// Closes the connection; the next request opens a new one.
  @Override
  public void close() {
    Connection open = connection;
    connection = null;
    if (open != null) {
      try {
        open.socket.close();
      } catch (IOException _) { // nothing to do: the socket is not used any more
      }
    }
  }

  /// Thrown if the server does not support HTTP/1.1.
  static final class UnsupportedProtocolException extends IOException {
    private static final long serialVersionUID = 1;

    UnsupportedProtocolException(IOException problem) {
      super("the server does not support HTTP/1.1", problem);
    }
  }

  /// Resolves host names.
  @FunctionalInterface
  interface Resolver {
    /// Returns the first address of a host.
    ///
    /// @param deadline time by `System.nanoTime()`
    /// @throws ConnectException if the name does not resolve
    /// @throws HttpTimeoutException if the lookup exceeds the deadline
    InetAddress resolve(String host, long deadline) throws IOException, InterruptedException;
  }
}
