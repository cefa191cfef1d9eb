package io.pharos.http;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// A WebSocket server (RFC 6455) of a chat service: text and binary messages, pings, and
/// connections that are dropped.
public final class WebSocketStandIn implements AutoCloseable {
  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  /* Clears the bit of the last part. */
  private static final int PART = 0x80;

  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  private final ServerSocket server;
  private final Consumer<Connection> opened;
  private final BiConsumer<Connection, byte[]> received;
  private final List<Connection> connections = new CopyOnWriteArrayList<>();

  /// Whether pings are answered.
  public volatile boolean isAlive = true;

  /// @param opened called with each connection
  /// @param received called with each message
  public WebSocketStandIn(Consumer<Connection> opened, BiConsumer<Connection, byte[]> received)
      throws IOException {
    this.opened = opened;
    this.received = received;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /// Returns the address of a path.
  public String url(String path) {
    return "ws://127.0.0.1:" + server.getLocalPort() + path;
  }

  /// Returns the open connections.
  public List<Connection> connections() {
    return List.copyOf(connections);
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
    var connection = new Connection(socket);
    try (socket) {
      var in = new DataInputStream(socket.getInputStream());
      var head = new ByteArrayOutputStream();
      while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
        head.write(in.readByte());
      }
      String request = head.toString(StandardCharsets.US_ASCII);
      connection.path = request.split(" ")[1];
      String key = request.replaceAll("(?is).*Sec-WebSocket-Key: ([^\r]*).*", "$1");
      socket
          .getOutputStream()
          .write(
              ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      + "Sec-WebSocket-Accept: "
                      + accept(key)
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      connections.add(connection);
      if (server.isClosed()) {
        connection.drop(); // close() may not have seen it
        return;
      }
      opened.accept(connection);
      while (read(in, connection)) {
        // next frame
      }
    } catch (IOException _) {
      // the client has gone
    } finally {
      connections.remove(connection);
    }
  }

  private static String accept(String key) {
    try {
      return Base64.getEncoder()
          .encodeToString(
              MessageDigest.getInstance("SHA-1")
                  .digest((key + MAGIC).getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean read(DataInputStream in, Connection connection) throws IOException {
    int code = in.readByte() & 0x0f;
    int length = in.readByte() & 0x7f;
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = Math.toIntExact(in.readLong());
    }
    var mask = new byte[4];
    in.readFully(mask);
    var data = new byte[length];
    in.readFully(data);
    for (int i = 0; i < length; i++) {
      data[i] ^= mask[i % 4];
    }
    switch (code) {
      case TEXT, BINARY -> received.accept(connection, data);
      case PING -> {
        if (isAlive) {
          connection.write(PONG, data);
        }
      }
      case CLOSE -> {
        return false;
      }
      default -> {}
    }
    return true;
  }

  /// A connection of a client.
  public static final class Connection {
    private final Socket socket;

    /// Path and parameters of the request.
    public volatile String path = "";

    private Connection(Socket socket) {
      this.socket = socket;
    }

    /// Sends a text.
    public void send(String text) throws IOException {
      write(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /// Sends bytes.
    public void send(byte[] bytes) throws IOException {
      write(BINARY, bytes);
    }

    /// Sends a text in parts.
    public void sendParts(String part, int parts) throws IOException {
      for (int i = 0; i < parts; i++) {
        write(
            (i == 0 ? TEXT : 0) | (i + 1 < parts ? PART : 0),
            part.getBytes(StandardCharsets.UTF_8));
      }
    }

    /// Closes the connection as RFC 6455 says.
    public void close(int code) throws IOException {
      write(CLOSE, new byte[] {(byte) (code >> 8), (byte) code});
    }

    private synchronized void write(int code, byte[] data) throws IOException {
      OutputStream out = socket.getOutputStream();
      var frame = new ByteArrayOutputStream();
      frame.write(0x80 ^ code);
      if (data.length < 126) {
        frame.write(data.length);
      } else {
        frame.write(126);
        frame.write(data.length >> 8);
        frame.write(data.length);
      }
      frame.writeBytes(data);
      out.write(frame.toByteArray());
      out.flush();
    }

    /// Drops the connection without a word.
    public void drop() throws IOException {
      try {
        socket.setSoLinger(true, 0);
      } catch (SocketException _) {
        return; // the other side was faster
      }
      socket.close();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Connection connection : connections) {
      connection.drop();
    }
  }
}
