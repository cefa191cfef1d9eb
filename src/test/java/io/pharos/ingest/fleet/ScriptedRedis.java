package io.pharos.ingest.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A Redis that answers each command with scripted bytes for its first word, in turn, repeating the
/// last. It closes the connection if there are none.
final class ScriptedRedis implements AutoCloseable {
  private final ServerSocket server;
  private final Thread serving;
  private final Map<String, List<String>> answers = new HashMap<>();
  private final List<String> asked = new ArrayList<>();

  ScriptedRedis() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    serving = Thread.ofVirtual().start(this::serve);
  }

  int port() {
    return server.getLocalPort();
  }

  /// @param bytes as they go over the wire
  synchronized ScriptedRedis answer(String command, String... bytes) {
    answers.put(command, new ArrayList<>(List.of(bytes)));
    return this;
  }

  /// The commands with their arguments.
  synchronized List<String> asked() {
    return List.copyOf(asked);
  }

  /// A text as a bulk string.
  static String bulk(String text) {
    return "$" + text.getBytes(UTF_8).length + "\r\n" + text + "\r\n";
  }

  /// A list of encoded items.
  static String list(String... items) {
    return "*" + items.length + "\r\n" + String.join("", items);
  }

  private void serve() {
    while (!server.isClosed()) {
      try (Socket socket = server.accept();
          var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8))) {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          var words = new ArrayList<String>();
          for (int left = Integer.parseInt(line.substring(1)); left > 0; left--) {
            var _ = in.readLine(); // the length of the next argument
            words.add(in.readLine());
          }
          String answer = next(words);
          if (answer.isEmpty()) {
            break;
          }
          socket.getOutputStream().write(answer.getBytes(UTF_8));
        }
      } catch (IOException _) { // closed by either end
      }
    }
  }

  private synchronized String next(List<String> words) {
    asked.add(String.join(" ", words));
    List<String> left = answers.getOrDefault(words.getFirst(), List.of());
    return left.isEmpty() ? "" : left.size() == 1 ? left.getFirst() : left.removeFirst();
  }

  /// Returns when nothing listens: the system accepts connections while a thread waits for one.
  @Override
  public void close() throws IOException {
    server.close();
    serving.interrupt();
    try {
      serving.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
