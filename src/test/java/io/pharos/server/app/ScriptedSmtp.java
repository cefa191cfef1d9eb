package io.pharos.server.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;

/// A mail server without extensions that gives scripted answers and keeps connections open.
public final class ScriptedSmtp implements AutoCloseable {
  private final ServerSocket listener;

  /// Answers to the next mails after their content; later mails are accepted.
  public final Queue<String> replies = new ConcurrentLinkedQueue<>();

  /// The received commands, without mail content.
  public final List<String> commands = new CopyOnWriteArrayList<>();

  private final AtomicInteger mails = new AtomicInteger();

  public ScriptedSmtp() throws IOException {
    this(new ServerSocket(0, 10, InetAddress.getLoopbackAddress()));
  }

  ScriptedSmtp(ServerSocket listener) {
    this.listener = listener;
    Thread.ofVirtual().start(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /// Returns the number of mails whose whole content was received, whatever the answer was.
  public int mails() {
    return mails.get();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        if (!listener.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void serve(Socket socket) {
    try (socket;
        var in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      say(socket, "220 scripted");
      String line = in.readLine();
      while (line != null) {
        commands.add(line);
        if (line.equals("DATA")) {
          say(socket, "354 go");
          do {
            line = in.readLine();
          } while (line != null && !line.equals("."));
          if (line == null) {
            return; // the client ended in the middle of its mail
          }
          mails.incrementAndGet();
          String reply = replies.poll();
          say(socket, reply == null ? "250 queued" : reply);
        } else {
          say(socket, line.startsWith("EHLO") ? "250-scripted\r\n250 8BITMIME" : "250 ok");
        }
        line = in.readLine();
      }
    } catch (SSLException _) {
      // The client rejects this server's certificate or version.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write((text + "\r\n").getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
