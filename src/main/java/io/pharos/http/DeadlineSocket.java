package io.pharos.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/// A socket whose readers have time until a deadline, however often they read: what lies above it
/// (TLS reads a record by many steps) would else give each step the whole time.
final class DeadlineSocket extends Socket {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private long deadline;
  private @Nullable InputStream input;

  DeadlineSocket() {
    // The JDK's sockets would go by the proxy for SOCKS of the system's properties, if there is
    // one.
    super(Proxy.NO_PROXY);
  }

  /// Reads end at a time.
  ///
  /// @param nanos as `System.nanoTime()`
  void until(long nanos) {
    deadline = nanos;
  }

  /// Milliseconds from now, rounded up.
  ///
  /// @throws SocketTimeoutException when that time has passed
  static long millisUntil(long nanos) throws SocketTimeoutException {
    long left = nanos - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException("the time is over");
    }
    return Math.ceilDiv(left, NANOS_PER_MILLI);
  }

  /// Reads throw a [SocketTimeoutException] at the deadline; what is not read yet can be
  /// afterwards.
  @Override
  public InputStream getInputStream() throws IOException {
    InputStream known = input;
    if (known == null) {
      known = new Input(super.getInputStream());
      input = known;
    }
    return known;
  }

  private final class Input extends InputStream {
    private final InputStream in;

    private Input(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      limit();
      return in.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      limit();
      return in.read(bytes, offset, length);
    }

    private void limit() throws IOException {
      setSoTimeout((int) Math.min(Integer.MAX_VALUE, millisUntil(deadline)));
    }

    @Override
    public int available() throws IOException {
      return in.available();
    }

    @Override
    public void close() throws IOException {
      DeadlineSocket.this.close();
    }
  }
}
