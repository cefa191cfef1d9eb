package io.pharos.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;

/// Targets that do what they can to take a monitoring system down, each below a path of its own,
/// and one that behaves.
final class HostileTargets implements AutoCloseable {
  /// The path of the target that is always up: its `steady` is 1.
  static final String GOOD = "steady";

  private static final int BOMB_MEBIBYTES = 256;

  private enum Hostility {
    ENDLESS_BODY,
    ENDLESS_HEADERS,
    ENDLESS_CHUNKS,
    ENDLESS_LINE,
    GZIP_BOMB,
    BROKEN_GZIP,
    NO_HTTP,
    SSH_BANNER,
    BAD_STATUS,
    BAD_LENGTH,
    CUT_SHORT,
    RESET,
    SILENCE,
    DRIP,
    REDIRECT_LOOP,
    MANY_SERIES,
    BROKEN_PAGE
  }

  private final ServerSocket server;
  private final byte[] bomb;
  private final AtomicInteger asked = new AtomicInteger();

  HostileTargets() throws IOException {
    bomb = bomb();
    server = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /// How many requests came.
  int asked() {
    return asked.get();
  }

  /// The paths of those that misbehave.
  List<String> paths() {
    return List.of(Hostility.values()).stream().map(Enum::name).toList();
  }

  private static byte[] bomb() throws IOException {
    var bytes = new ByteArrayOutputStream();
    byte[] line = "a{b=\"c\"} 1\n".repeat(4096).getBytes(ISO_8859_1);
    try (var out = new GZIPOutputStream(bytes)) {
      for (long size = 0; size < (long) BOMB_MEBIBYTES << 20; size += line.length) {
        out.write(line);
      }
    }
    return bytes.toByteArray();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException _) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setSoTimeout(5_000);
      String path = path(socket.getInputStream());
      asked.incrementAndGet();
      OutputStream out = socket.getOutputStream();
      if (path.startsWith(GOOD)) {
        whole(out, "# TYPE steady gauge\nsteady 1\n");
      } else {
        answer(Hostility.valueOf(path), socket, out);
      }
    } catch (IOException | InterruptedException | IllegalArgumentException _) {
      // Whoever asked has had enough.
    }
  }

  /// The path of a request without its slash.
  private static String path(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int one = in.read();
      if (one < 0) {
        throw new IOException("no request");
      }
      head.append((char) one);
    }
    return head.substring(head.indexOf("/") + 1, head.indexOf(" HTTP/"));
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(ISO_8859_1));
    out.flush();
  }

  private static void whole(OutputStream out, String page) throws IOException {
    send(
        out,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n"
            + "Content-Length: %d\r\n\r\n%s".formatted(page.length(), page));
  }

  private static void endless(OutputStream out, String start, String more) throws IOException {
    send(out, start);
    while (true) {
      send(out, more.repeat(200));
    }
  }

  private void answer(Hostility hostility, Socket socket, OutputStream out)
      throws IOException, InterruptedException {
    String ok = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n";
    switch (hostility) {
      case ENDLESS_BODY -> endless(out, ok + "\r\n", "a{b=\"c\"} 1\n");
      case ENDLESS_HEADERS -> endless(out, ok, "X-More: yes\r\n");
      case ENDLESS_CHUNKS ->
          endless(out, ok + "Transfer-Encoding: chunked\r\n\r\n", "a\r\naaaaaaaa 1\r\n");
      case ENDLESS_LINE -> endless(out, ok + "\r\na{b=\"", "xxxxxxxxxxxxxxxx");
      case GZIP_BOMB -> {
        send(out, ok + "Content-Encoding: gzip\r\nContent-Length: " + bomb.length + "\r\n\r\n");
        out.write(bomb);
      }
      case BROKEN_GZIP -> {
        send(out, ok + "Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\n");
        out.write(bomb, 0, 50);
        out.write(new byte[50]);
      }
      case NO_HTTP -> send(out, "\0\1\2 what?\r\n\r\n");
      case SSH_BANNER -> send(out, "SSH-2.0-OpenSSH_9.9\r\n");
      case BAD_STATUS -> send(out, "HTTP/1.1 2x0 what\r\nContent-Length: x\r\n\r\n");
      case BAD_LENGTH -> send(out, ok + "Content-Length: -5\r\nContent-Length: 7\r\n\r\na 1\n");
      case CUT_SHORT -> send(out, ok + "Content-Length: 1000\r\n\r\na 1\n");
      case RESET -> socket.setSoLinger(true, 0);
      case SILENCE -> Thread.sleep(5_000);
      case DRIP -> {
        send(out, ok + "Content-Length: 1000\r\n\r\n");
        for (int i = 0; i < 20; i++) {
          send(out, "a");
          Thread.sleep(300);
        }
      }
      case REDIRECT_LOOP ->
          send(out, "HTTP/1.1 302 Found\r\nLocation: /REDIRECT_LOOP\r\nContent-Length: 0\r\n\r\n");
      case MANY_SERIES -> {
        var page = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
          page.append("churn{n=\"").append(asked.get() * 5_000L + i).append("\"} 1\n");
        }
        whole(out, page.toString());
      }
      case BROKEN_PAGE -> whole(out, "a{b=\"c\" 1\n\0\n");
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
