package io.pharos.ingest.fleet;

import io.pharos.ingest.store.Resp;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A connection to a Redis with one deadline for all commands. Errors contain the command but no
/// arguments.
final class RedisConnection implements AutoCloseable {
  private static final Resp.Limits LIMITS = new Resp.Limits(1024, 64 * 1024, 100_000, 4);

  private final Socket socket = new Socket();
  private final Resp resp;
  private final long deadline;

  /// Connects.
  ///
  /// @param limit time for connecting and all commands
  RedisConnection(String host, int port, Duration limit) throws IOException {
    deadline = System.nanoTime() + limit.toNanos();
    try {
      socket.connect(new InetSocketAddress(host, port), left());
      var in = new BufferedInputStream(new Timed(socket.getInputStream()));
      resp = new Resp(in, socket.getOutputStream(), LIMITS);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private int left() throws SocketTimeoutException {
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis < 1) {
      throw new SocketTimeoutException("the time for all commands is over");
    }
    return (int) millis;
  }

  /// Runs a command and returns a text, a number as text, null, or a list of those.
  ///
  /// @throws IOException if it is rejected or not answered in time
  @Nullable Object call(String... command) throws IOException {
    try {
      return resp.call(command);
    } catch (Resp.Refused e) { // only the error code: the rest may repeat arguments
      throw new IOException(e.getMessage() + ": " + e.text().split(" ", 2)[0], e);
    }
  }

  /// Like [#call], for a command that returns a list.
  List<?> list(String... command) throws IOException {
    if (call(command) instanceof List<?> list) {
      return list;
    }
    throw new IOException(command[0] + " returned no list");
  }

  /// Limits each read to the remaining time.
  private final class Timed extends FilterInputStream {
    Timed(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      socket.setSoTimeout(left());
      return super.read(bytes, from, length);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
