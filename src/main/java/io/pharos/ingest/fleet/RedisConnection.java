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

/// Asks a Redis by RESP, the protocol of its version 2, within a time for all questions together.
/// Errors name the command and no argument.
final class RedisConnection implements AutoCloseable {
  private static final Resp.Limits LIMITS = new Resp.Limits(1024, 64 * 1024, 100_000, 4);

  private final Socket socket = new Socket();
  private final Resp resp;
  private final long deadline;

  /// Connects.
  ///
  /// @param limit for everything from now on
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
      throw new SocketTimeoutException("no time is left");
    }
    return (int) millis;
  }

  /// What a command answers: a text, a number as text, null, or a list of those.
  ///
  /// @throws IOException when it is refused, or there is no answer in time
  @Nullable Object ask(String... command) throws IOException {
    try {
      return resp.ask(command);
    } catch (Resp.Refused e) { // only the first word: the rest may repeat arguments
      throw new IOException(e.getMessage() + ": " + e.words().split(" ", 2)[0], e);
    }
  }

  /// As [#ask], of a command that answers with a list.
  List<?> list(String... command) throws IOException {
    if (ask(command) instanceof List<?> list) {
      return list;
    }
    throw new IOException(command[0] + " was not answered with a list");
  }

  /// Each wait may take what is left and no more.
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
