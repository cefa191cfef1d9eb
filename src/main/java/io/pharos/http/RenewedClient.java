package io.pharos.http;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;

/// An HTTP client that is exchanged for a new one before what it leaks adds up. Thread-safe.
///
/// The JDK's client (25 too) forgets the socket of an answer whose head it can't parse: the socket
/// stays in CLOSE_WAIT until the client ends. One client with a target on an SSH port would use up
/// all file descriptors in hours. A client that is shut down ends when its last request has, and
/// then frees all.
final class RenewedClient implements AutoCloseable {
  /// So many sockets may be lost to a client before it is exchanged.
  static final int MOST_LOST = 16;

  /// Makes a client like the one before.
  @FunctionalInterface
  interface Maker {
    /// A new client.
    ///
    /// @throws IOException when a file that it needs can't be read
    HttpClient make() throws IOException;
  }

  private final Maker maker;
  private HttpClient client;
  private int lost;
  private boolean closed;

  private RenewedClient(Maker maker, HttpClient client) {
    this.maker = maker;
    this.client = client;
  }

  /// A client that is exchanged for what the maker makes.
  ///
  /// @throws IOException as the maker
  static RenewedClient of(Maker maker) throws IOException {
    return new RenewedClient(requireNonNull(maker, "maker is null"), maker.make());
  }

  /// As [HttpClient#sendAsync(HttpRequest, HttpResponse.BodyHandler)].
  <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request, HttpResponse.BodyHandler<T> body) {
    CompletableFuture<HttpResponse<T>> answer;
    synchronized (this) {
      // A client that was shut down takes no request any more.
      answer = client.sendAsync(request, body);
    }
    CompletableFuture<?> _ =
        answer.whenComplete(
            (_, problem) -> {
              if (problem != null && mayHaveLostASocket(problem)) {
                noteLost();
              }
            });
    return answer;
  }

  private static boolean mayHaveLostASocket(Throwable problem) {
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case ConnectException _,
            HttpTimeoutException _,
            SSLException _,
            CancellationException _ -> {
          return false;
        }
        default -> {}
      }
    }
    return true;
  }

  private synchronized void noteLost() {
    if (++lost < MOST_LOST || closed) {
      return;
    }
    HttpClient spoiled = client;
    try {
      client = maker.make();
      lost = 0;
      spoiled.shutdown();
    } catch (IOException | RuntimeException _) {
      // No file and no selector to be had at the moment: the next lost socket tries again.
    }
  }

  /// Takes no more requests; those under way go on.
  synchronized void shutdown() {
    closed = true;
    client.shutdown();
  }

  /// Ends requests under way too.
  @Override
  public synchronized void close() {
    closed = true;
    client.shutdownNow();
  }
}
