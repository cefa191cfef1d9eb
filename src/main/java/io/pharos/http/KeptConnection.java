package io.pharos.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
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
import org.jspecify.annotations.Nullable;

/// The connection of one who asks one server again and again in clear: [OutgoingClient#send] takes
/// it for what the JDK's client would cost several threads' attention. Between two requests its
/// owner can wait on it, and so learns at once when the server goes away.
///
/// It belongs to one thread, which blocks; on a virtual one an interrupt ends whatever it waits
/// for.
public final class KeptConnection implements AutoCloseable {
  private static final long CONNECT_MILLIS = 10_000;

  private @Nullable Socket socket;
  private String origin = "";

  /* Who comes again mostly asks by the same object. */
  private @Nullable HttpRequest last;
  private byte[] lastText = {};

  /// Whether the connection is there, as far as is known.
  public boolean isOpen() {
    return socket != null;
  }

  /// Whether a request can go by such a connection: a `GET` in clear.
  static boolean takes(HttpRequest request) {
    return "http".equalsIgnoreCase(request.uri().getScheme()) && request.method().equals("GET");
  }

  /// Asks, by the connection that is there or by a new one. One that the server has closed
  /// meanwhile is replaced once.
  ///
  /// @param deadline as `System.nanoTime()`
  /// @param limit the time that ends there, for messages
  /// @throws ConnectException when there is no connection to be had
  /// @throws HttpTimeoutException when the last byte is not there in time
  /// @throws IOException when the answer is none, or the body's reader took it not
  <T> HttpResponse<T> exchange(
      HttpRequest request,
      HttpResponse.BodyHandler<T> body,
      Resolver resolver,
      long deadline,
      Duration limit)
      throws IOException, InterruptedException {
    URI url = request.uri();
    int port = url.getPort() < 0 ? 80 : url.getPort();
    String wanted = url.getHost() + ":" + port;
    if (!wanted.equals(origin)) {
      close();
      origin = wanted;
    }
    byte[] text = text(request);
    boolean whole = false;
    try {
      Socket known = socket;
      if (known != null) {
        try (var exchange = new Http1Exchange(known, deadline)) {
          if (begins(exchange, text)) {
            HttpResponse<T> response = exchange.response(request, body);
            whole = exchange.isReusable();
            return response;
          }
        }
        close();
      }
      Socket fresh = connect(url.getHost(), port, resolver, deadline);
      socket = fresh;
      try (var exchange = new Http1Exchange(fresh, deadline)) {
        if (!exchange.begin(text)) {
          throw new EOFException("the server closed the connection without an answer");
        }
        HttpResponse<T> response = exchange.response(request, body);
        whole = exchange.isReusable();
        return response;
      }
    } catch (SocketTimeoutException e) {
      var late = new HttpTimeoutException("no whole answer in " + limit);
      late.initCause(e);
      throw late;
    } catch (SocketException e) {
      throw interrupted(e);
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

  /// Whether the first bytes of an answer came by a connection that was kept; else it was closed.
  private static boolean begins(Http1Exchange exchange, byte[] text) throws IOException {
    try {
      return exchange.begin(text);
    } catch (SocketException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      return false; // reset: as good as closed
    }
  }

  private static Socket connect(String host, int port, Resolver resolver, long deadline)
      throws IOException, InterruptedException {
    InetAddress address = resolver.resolve(host, deadline);
    // The JDK's sockets would go by the proxy for SOCKS of the system's properties, if there is
    // one.
    var fresh = new Socket(Proxy.NO_PROXY);
    boolean connected = false;
    try {
      fresh.setOption(StandardSocketOptions.TCP_NODELAY, true);
      long millis = Math.min(CONNECT_MILLIS, Http1Exchange.millisUntil(deadline));
      fresh.connect(new InetSocketAddress(address, port), (int) millis);
      connected = true;
      return fresh;
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
    } finally {
      if (!connected) {
        fresh.close();
      }
    }
  }

  /// Waits so long, or until the server closes the connection. Without one it returns at once.
  ///
  /// @return whether the server has closed it; then there is none any more
  public boolean awaitClosed(Duration most) throws InterruptedException {
    Socket open = socket;
    if (open == null) {
      return false;
    }
    try {
      open.setSoTimeout(Math.clamp(most.toMillis(), 1, Integer.MAX_VALUE));
      InputStream in = open.getInputStream();
      int said = in.read();
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

  private static SocketException interrupted(SocketException problem) throws InterruptedException {
    if (Thread.interrupted()) {
      var wanted = new InterruptedException();
      wanted.initCause(problem);
      throw wanted;
    }
    return problem;
  }

  /// Lets the connection go; the next request makes another.
  @Override
  public void close() {
    Socket open = socket;
    socket = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException _) { // it is gone either way
      }
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
