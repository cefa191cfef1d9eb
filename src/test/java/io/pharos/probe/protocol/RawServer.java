package io.pharos.probe.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;

/// A server that answers every connection with bytes that the test gives, well-formed or not.
public final class RawServer implements AutoCloseable {
  private final ServerSocket server;
  private final CountDownLatch released = new CountDownLatch(1);
  public final List<String> requests = new CopyOnWriteArrayList<>();
  public volatile String answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  /// Whether the connection stays open, silent, after the answer.
  public volatile boolean holds;

  /// Whether the request is read before the answer goes out.
  public volatile boolean reads = true;

  /// How many connections are closed at once before the first answer.
  public volatile int refusals;

  public RawServer() throws IOException {
    this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
  }

  public static RawServer secure(SSLContext context) throws IOException {
    return new RawServer(
        context
            .getServerSocketFactory()
            .createServerSocket(0, 50, InetAddress.getLoopbackAddress()));
  }

  private RawServer(ServerSocket server) {
    this.server = server;
    Thread.ofVirtual().start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      if (refusals > 0) {
        refusals--;
        return;
      }
      if (reads) {
        requests.add(request(socket.getInputStream()));
      }
      socket.getOutputStream().write(answer.getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
      if (holds) {
        released.await();
      }
    } catch (IOException | InterruptedException e) {
      requests.add("broken: " + e);
    }
  }

  private static String request(InputStream in) throws IOException {
    var bytes = new ByteArrayOutputStream();
    while (true) {
      int c = in.read();
      if (c < 0) {
        return bytes.toString(ISO_8859_1);
      }
      bytes.write(c);
      String text = bytes.toString(ISO_8859_1);
      int end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        int at = text.indexOf("Content-Length: ");
        int length = at < 0 ? 0 : Integer.parseInt(text.substring(at + 16, text.indexOf("\r", at)));
        if (text.length() == end + 4 + length) {
          return text;
        }
      }
    }
  }

  @Override
  public void close() {
    released.countDown();
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
