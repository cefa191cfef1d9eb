package io.pharos.ingest.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Asks a Redis by RESP, the protocol of its version 2, within a time for all questions together.
/// Errors name the command and no argument.
final class RedisConnection implements AutoCloseable {
  private static final int MAX_BULK = 64 * 1024;
  private static final int MAX_LINE = 1024;
  private static final int MAX_ITEMS = 100_000;
  private static final int MAX_DEPTH = 4;

  private final Socket socket = new Socket();
  private final InputStream in;
  private final OutputStream out;
  private final long deadline;

  /// Connects.
  ///
  /// @param limit for everything from now on
  RedisConnection(String host, int port, Duration limit) throws IOException {
    deadline = System.nanoTime() + limit.toNanos();
    try {
      socket.connect(new InetSocketAddress(host, port), left());
      in = new BufferedInputStream(socket.getInputStream());
      out = socket.getOutputStream();
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
    var request = new StringBuilder("*").append(command.length).append("\r\n");
    for (String word : command) {
      request.append('$').append(word.getBytes(UTF_8).length).append("\r\n");
      request.append(word).append("\r\n");
    }
    out.write(request.toString().getBytes(UTF_8));
    out.flush();
    try {
      return answer(0);
    } catch (Refusal e) {
      throw new IOException(command[0] + " is refused: " + e.word, e);
    }
  }

  /// As [#ask], of a command that answers with a list.
  List<?> list(String... command) throws IOException {
    if (ask(command) instanceof List<?> list) {
      return list;
    }
    throw new IOException(command[0] + " was not answered with a list");
  }

  /// The server said an error; only its first word is kept, since the rest may repeat arguments.
  private static final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;
    private final String word;

    Refusal(String line) {
      super("refused");
      word = line.split(" ", 2)[0];
    }
  }

  private @Nullable Object answer(int depth) throws IOException {
    String line = line();
    String rest = line.isEmpty() ? "" : line.substring(1);
    return switch (line.isEmpty() ? ' ' : line.charAt(0)) {
      case '+', ':' -> rest;
      case '-' -> throw new Refusal(rest);
      case '$' -> bulk(number(rest, MAX_BULK));
      case '*' -> {
        int count = number(rest, MAX_ITEMS);
        if (count < 0) {
          yield null;
        }
        if (depth == MAX_DEPTH) {
          throw new IOException("lists within lists");
        }
        var items = new ArrayList<@Nullable Object>();
        for (int i = 0; i < count; i++) {
          items.add(answer(depth + 1));
        }
        yield items;
      }
      default -> throw new IOException("the answer is not RESP");
    };
  }

  private static int number(String text, int most) throws IOException {
    try {
      int number = Integer.parseInt(text);
      if (number >= -1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) { // refused below
    }
    throw new IOException("an answer has " + text.length() + " digits of length, or is too long");
  }

  private @Nullable String bulk(int length) throws IOException {
    if (length < 0) {
      return null;
    }
    var bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) next();
    }
    if (next() != '\r' || next() != '\n') {
      throw new IOException("the answer is not RESP");
    }
    return new String(bytes, UTF_8);
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int c = next(); c != '\r'; c = next()) {
      if (line.length() == MAX_LINE) {
        throw new IOException("the answer is not RESP");
      }
      line.append((char) c);
    }
    if (next() != '\n') {
      throw new IOException("the answer is not RESP");
    }
    return line.toString();
  }

  private int next() throws IOException {
    if (in.available() == 0) { // a wait: each may take what is left and no more
      socket.setSoTimeout(left());
    }
    int read = in.read();
    if (read < 0) {
      throw new EOFException("the connection was closed");
    }
    return read;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
