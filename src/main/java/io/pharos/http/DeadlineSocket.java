package io.pharos.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/// A socket whose reads all end at one deadline. A read timeout would start again with each of the
/// many small reads of a TLS record.
final class DeadlineSocket extends Socket {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private long deadline;
  private @Nullable InputStream input;

  DeadlineSocket() {
    // Ignores the SOCKS proxy of the system properties.
    super(Proxy.NO_PROXY);
  }

  /// Sets the deadline of all reads.
  ///
  /// @param nanos time by `System.nanoTime()`
  void setDeadline(long nanos) {
    deadline = nanos;
  }

  /// Returns the milliseconds until a deadline, rounded up.
  ///
  /// @throws SocketTimeoutException if the deadline has passed
  static long millisUntil(long nanos) throws SocketTimeoutException {
    long remaining = nanos - System.nanoTime();
    if (remaining <= 0) {
      throw new SocketTimeoutException("the deadline has passed");
    }
    return Math.ceilDiv(remaining, NANOS_PER_MILLI);
  }

  /// Returns a stream whose reads throw [SocketTimeoutException] at the deadline. After
  /// [#setDeadline] with a later deadline, the remaining bytes can be read.
  @Override
  public InputStream getInputStream() throws IOException {
    InputStream stream = input;
    if (stream == null) {
      stream = new Input(super.getInputStream());
      input = stream;
    }
    return stream;
  }

  private final class Input extends InputStream {
    private final InputStream in;

    private Input(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      applyDeadline();
      return in.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      applyDeadline();
      return in.read(bytes, offset, length);
    }

    private void applyDeadline() throws IOException {
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
