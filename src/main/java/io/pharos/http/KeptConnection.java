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
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The connection of one who asks one server again and again, in clear or by TLS:
/// [OutgoingClient#send] takes it for what the JDK's client would cost several threads' attention.
/// Between two requests its owner can wait on it, and so learns at once when the server goes away.
///
/// It belongs to one thread, which blocks; on a virtual one an interrupt ends whatever it waits
/// for.
public final class KeptConnection implements AutoCloseable {
  private static final long CONNECT_MILLIS = 10_000;

  private @Nullable Line line;
  private String origin = "";
  private @Nullable TlsLayer layer;

  /// The server that wants another protocol than HTTP/1.1, and says so when hands are shaken.
  private String unsuited = "";

  /// A connection that is there.
  ///
  /// @param below what the bytes of the other go by; the same in clear
  private record Line(DeadlineSocket below, Socket socket) {}

  /* Who comes again mostly asks by the same object. */
  private @Nullable HttpRequest last;
  private byte[] lastText = {};

  /// Whether the connection is there, as far as is known.
  public boolean isOpen() {
    return line != null;
  }

  /// Whether a request can go by this connection: a `GET` of HTTP/1.1.
  boolean takes(HttpRequest request) {
    return request.method().equals("GET")
        && (unsuited.isEmpty() || !unsuited.equals(origin(request.uri())));
  }

  private static String origin(URI url) {
    return url.getScheme() + "://" + url.getHost() + ":" + port(url);
  }

  private static int port(URI url) {
    return url.getPort() < 0 ? Http1Exchange.usualPort(url) : url.getPort();
  }

  /// Asks, by the connection that is there or by a new one. One that the server has closed
  /// meanwhile is replaced once.
  ///
  /// @param tls what the bytes go by; null in clear
  /// @param deadline as `System.nanoTime()`
  /// @param limit the time that ends there, for messages
  /// @throws UnsuitedException when the server wants another protocol; nothing was asked then, and
  ///   [#takes] says no from then on
  /// @throws ConnectException when there is no connection to be had
  /// @throws HttpTimeoutException when the last byte is not there in time
  /// @throws IOException when the answer is none, or the body's reader took it not
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
    if (!wanted.equals(origin) || tls != layer) { // other certificates are another connection
      close();
      origin = wanted;
      layer = tls;
    }
    byte[] text = text(request);
    boolean whole = false;
    try {
      Line known = line;
      if (known != null) {
        known.below.until(deadline);
        try (var exchange = new Http1Exchange(known.socket)) {
          if (begins(exchange, text)) {
            HttpResponse<T> response = exchange.response(request, body);
            whole = exchange.isReusable();
            return response;
          }
        }
        close();
      }
      Line fresh = connect(url, resolver, tls, deadline);
      line = fresh;
      try (var exchange = new Http1Exchange(fresh.socket)) {
        if (!exchange.begin(text)) {
          throw new EOFException("the server closed the connection without an answer");
        }
        HttpResponse<T> response = exchange.response(request, body);
        whole = exchange.isReusable();
        return response;
      }
    } catch (IOException e) {
      throw told(e, limit);
    } finally {
      if (!whole) {
        close();
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // to compare two requests takes as long as to write one
  private byte[] text(HttpRequest request) {
    if (last != request) {
      lastText = Http1Exchange.text(OutgoingClient.finished(request));
      last = request;
    }
    return lastText;
  }

  /* TLS wraps what happens below it. */
  private static IOException told(IOException problem, Duration limit) throws InterruptedException {
    if (Thread.interrupted()) {
      var wanted = new InterruptedException();
      wanted.initCause(problem);
      throw wanted;
    }
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof HttpTimeoutException known) {
        return known;
      }
      if (cause instanceof SocketTimeoutException) {
        var late = new HttpTimeoutException("no whole answer in " + limit);
        late.initCause(problem);
        return late;
      }
    }
    return problem;
  }

  /// Whether the first bytes of an answer came by a connection that was kept; else it was closed.
  private static boolean begins(Http1Exchange exchange, byte[] text) throws IOException {
    try {
      return exchange.begin(text);
    } catch (SocketException | SSLException e) {
      if (Thread.currentThread().isInterrupted()
          || e.getCause() instanceof SocketTimeoutException) {
        throw e;
      }
      return false; // reset: as good as closed
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
    } catch (UnsuitedException e) {
      unsuited = origin;
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
      var late = new HttpConnectTimeoutException("HTTP connect timed out");
      late.initCause(e);
      throw late;
    } catch (ConnectException e) {
      throw e;
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      var failed = new ConnectException(e.getMessage());
      failed.initCause(e);
      throw failed;
    }
  }

  /// Waits so long, or until the server closes the connection. Without one it returns at once.
  ///
  /// @return whether the server has closed it; then there is none any more
  public boolean awaitClosed(Duration most) throws InterruptedException {
    Line open = line;
    if (open == null) {
      return false;
    }
    try {
      open.below.until(System.nanoTime() + most.toNanos());
      int said = open.socket.getInputStream().read();
      close();
      return said < 0; // who speaks without being asked is there, but of no more use
    } catch (SocketTimeoutException _) { // nothing happened, as usual
      return false;
    } catch (IOException e) {
      close();
      if (Thread.currentThread().isInterrupted()) {
        InterruptedException wanted = new InterruptedException();
        wanted.initCause(e);
        throw wanted;
      }
      return true;
    }
  }

  /// Lets the connection go; the next request makes another.
  @Override
  public void close() {
    Line open = line;
    line = null;
    if (open != null) {
      try {
        open.socket.close();
      } catch (IOException _) { // it is gone either way
      }
    }
  }

  /// The server does not speak HTTP/1.1.
  static final class UnsuitedException extends IOException {
    private static final long serialVersionUID = 1;

    UnsuitedException(IOException problem) {
      super("the server does not speak HTTP/1.1", problem);
    }
  }

  /// Finds the address of a host.
  @FunctionalInterface
  interface Resolver {
    /// The address that the resolver names first.
    ///
    /// @throws ConnectException when there is none
    /// @throws HttpTimeoutException when it is not there in time
    InetAddress resolve(String host, long deadline) throws IOException, InterruptedException;
  }
}
