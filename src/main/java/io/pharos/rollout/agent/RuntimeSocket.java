package io.pharos.rollout.agent;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// Sends one request over a socket that the peer closes after its answer, like HAProxy's runtime
/// API. The time and the size of the answer are limited.
///
/// @param peer path of a Unix socket, or `host:port`
/// @param limit timeout of request and answer together
record RuntimeSocket(String peer, Duration limit) {
  /// Maximum size of an answer, enough for 1000 servers: a line of `show servers state` has some
  /// 150 bytes, a line of `show stat` 1 KiB.
  private static final int MAX_BYTES = 1 << 20;

  RuntimeSocket {
    if (!peer.startsWith("/") && !peer.matches("[^\\s:]+:[0-9]{1,5}")) {
      throw new IllegalArgumentException(
          "expected the path of a socket, or host:port, found '" + peer + "'");
    }
  }

  /// @throws IOException when the answer is late, incomplete or too large
  String send(String request) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    try (SocketChannel channel = open();
        Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
      for (boolean connected = channel.connect(address());
          !connected;
          connected = channel.finishConnect()) {
        await(selector, end);
      }
      key.interestOps(SelectionKey.OP_WRITE);
      var bytes = ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8));
      while (channel.write(bytes) >= 0 && bytes.hasRemaining()) {
        await(selector, end);
      }
      key.interestOps(SelectionKey.OP_READ);
      return read(channel, selector, end);
    }
  }

  private SocketChannel open() throws IOException {
    return peer.startsWith("/")
        ? SocketChannel.open(StandardProtocolFamily.UNIX)
        : SocketChannel.open();
  }

  private SocketAddress address() {
    if (peer.startsWith("/")) {
      return UnixDomainSocketAddress.of(peer);
    }
    int colon = peer.lastIndexOf(':');
    return new InetSocketAddress(
        peer.substring(0, colon), Integer.parseInt(peer.substring(colon + 1)));
  }

  private String read(SocketChannel channel, Selector selector, long end) throws IOException {
    var answer = new ByteArrayOutputStream();
    var buffer = ByteBuffer.allocate(1 << 14);
    while (true) {
      int count = channel.read(buffer);
      if (count < 0) {
        return answer.toString(StandardCharsets.UTF_8);
      }
      if (count == 0) {
        await(selector, end);
      }
      answer.write(buffer.array(), 0, buffer.position());
      buffer.clear();
      if (answer.size() > MAX_BYTES) {
        throw new IOException(peer + ": the answer has more than " + MAX_BYTES + " bytes");
      }
    }
  }

  private void await(Selector selector, long end) throws IOException {
    long left = (end - System.nanoTime()) / 1_000_000;
    if (left <= 0 || (selector.select(left) == 0 && System.nanoTime() - end >= 0)) {
      throw new IOException(peer + ": no answer within " + limit.toMillis() + " ms");
    }
    selector.selectedKeys().clear();
  }
}
