package io.pharos.http;

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

/// The connection of a caller that polls one server, with or without TLS. It costs less than the
/// JDK's client, which involves several threads per request. Between requests the owner can wait
/// until the server closes it.
///
/// Confined to one thread, which blocks; on a virtual thread an interrupt ends every wait.
public final class KeptConnection implements AutoCloseable {
  private static final long CONNECT_MILLIS = 10_000;

  private @Nullable Line line;
  private String origin = "";
  private @Nullable TlsLayer layer;

  /// Origin of a server whose TLS handshake rejected HTTP/1.1.
  private String unsupported = "";

  /// An open connection.
  ///
  /// @param below TCP socket below TLS; the same as `socket` without TLS
  private record Line(DeadlineSocket below, Socket socket) {}

  /* Callers usually repeat the same request object. */
  private @Nullable HttpRequest last;
  private byte[] lastText = {};

  /// Returns whether the connection is open, as far as is known.
  public boolean isOpen() {
    return line != null;
  }

  /// Returns whether this connection can carry a request: `GET` over HTTP/1.1.
  boolean takes(HttpRequest request) {
    return request.method().equals("GET")
        && (unsupported.isEmpty() || !unsupported.equals(origin(request.uri())));
  }

  private static String origin(URI url) {
    return url.getScheme() + "://" + url.getHost() + ":" + port(url);
  }

  private static int port(URI url) {
    return url.getPort() < 0 ? Http1Exchange.usualPort(url) : url.getPort();
  }

  /// Sends a request over the open or a new connection. If the server has closed the open one, it
  /// is replaced once.
  ///
  /// @param tls null for plain HTTP
  /// @param deadline as `System.nanoTime()`
  /// @param limit timeout that ends at the deadline, for messages
  /// @throws UnsupportedProtocolException if the server does not support HTTP/1.1; nothing was
  ///   sent, and [#takes] returns false from now on
  /// @throws ConnectException if no connection can be made
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
    String wanted = origin(url);
    if (!wanted.equals(origin)
        || !Objects.equals(tls, layer)) { // a new server, or new certificates
      close();
      origin = wanted;
      layer = tls;
    }
    byte[] text = text(request);
    boolean whole = false;
    try {
      while (true) {
        Line known = line;
        Line open = known == null ? connect(url, resolver, tls, deadline) : known;
        line = open;
        open.below.until(deadline);
        try (var exchange = new Http1Exchange(open.socket)) {
          if (known == null ? exchange.begin(text) : begins(exchange, text)) {
            HttpResponse<T> response = exchange.response(request, body);
            whole = exchange.isReusable();
            return response;
          }
        }
        if (known == null) {
          throw new EOFException("the server closed the connection without an answer");
        }
        close();
      }
    } catch (IOException e) {
      throw translated(e, limit);
    } finally {
      if (!whole) {
        close();
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // comparing requests takes as long as encoding one
  private byte[] text(HttpRequest request) {
    if (last != request) {
      lastText = Http1Exchange.text(OutgoingClient.finished(request));
      last = request;
    }
    return lastText;
  }

  /* TLS wraps timeouts of the socket below it. */
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
            new HttpTimeoutException("no complete response within " + limit), problem);
      }
    }
    return problem;
  }

  /// Sends over a kept connection; returns false if the server had closed it.
  private static boolean begins(Http1Exchange exchange, byte[] text) throws IOException {
    try {
      return exchange.begin(text);
    } catch (SocketException | SSLException e) {
      if (Thread.currentThread().isInterrupted()
          || e.getCause() instanceof SocketTimeoutException) {
        throw e;
      }
      return false; // reset counts as closed
    }
  }

  private Line connect(URI url, Resolver resolver, @Nullable TlsLayer tls, long deadline)
      throws IOException, InterruptedException {
    InetAddress address = resolver.resolve(url.getHost(), deadline);
    var fresh = new DeadlineSocket();
    boolean whole = false;
    try {
      connect(fresh, new InetSocketAddress(address, port(url)), deadline);
      fresh.until(deadline);
      Socket above = tls == null ? fresh : tls.over(fresh, url.getHost(), port(url));
      whole = true;
      return new Line(fresh, above);
    } catch (UnsupportedProtocolException e) {
      unsupported = origin;
      throw e;
    } finally {
      if (!whole) {
        fresh.close();
      }
    }
  }

  private static void connect(Socket fresh, InetSocketAddress address, long deadline)
      throws IOException {
    try {
      fresh.setOption(StandardSocketOptions.TCP_NODELAY, true);
      long millis = Math.min(CONNECT_MILLIS, DeadlineSocket.millisUntil(deadline));
      fresh.connect(address, (int) millis);
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

  /// Waits until the server closes the connection, or for the given time. Returns at once if there
  /// is no connection.
  ///
  /// @return whether the server has closed the connection
  public boolean awaitClosed(Duration most) throws InterruptedException {
    Line open = line;
    if (open == null) {
      return false;
    }
    try {
      open.below.until(System.nanoTime() + most.toNanos());
      int said = open.socket.getInputStream().read();
      close();
      return said < 0; // unexpected bytes: the server is alive, but the connection is unusable
    } catch (SocketTimeoutException _) { // still open
      return false;
    } catch (IOException e) {
      close();
      if (Thread.currentThread().isInterrupted()) {
        throw OutgoingClient.caused(new InterruptedException(), e);
      }
      return true;
    }
  }

  /// Closes the connection; the next request opens another.
  @Override
  public void close() {
    Line open = line;
    line = null;
    if (open != null) {
      try {
        open.socket.close();
      } catch (IOException _) { // closed either way
      }
    }
  }

  /// The server does not support HTTP/1.1.
  static final class UnsupportedProtocolException extends IOException {
    private static final long serialVersionUID = 1;

    UnsupportedProtocolException(IOException problem) {
      super("the server does not speak HTTP/1.1", problem);
    }
  }

  /// Resolves host names.
  @FunctionalInterface
  interface Resolver {
    /// Returns the first address of a host.
    ///
    /// @throws ConnectException if the name does not resolve
    /// @throws HttpTimeoutException if the lookup exceeds the deadline
    InetAddress resolve(String host, long deadline) throws IOException, InterruptedException;
  }
}
