package io.pharos.ingest.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// A client for RESP 2, the protocol of Redis, on an open connection. It limits the size of
/// everything that the server sends. The messages of its exceptions contain the command's name but
/// no arguments. Text from the server, which may repeat arguments, is not in the messages.
///
/// @param in source of answers; it is read byte by byte, so it should be buffered
public record Resp(InputStream in, OutputStream out, Limits limits) {
  /// Limits on an answer.
  ///
  /// @param line maximum length of a line in bytes
  /// @param bulk maximum length of a text in bytes
  /// @param items maximum number of items of a list
  /// @param depth maximum nesting of lists; 0 allows no list
  public record Limits(int line, int bulk, int items, int depth) {
    public Limits {
      if (line < 1 || bulk < 0 || items < 0 || depth < 0) {
        throw new IllegalArgumentException(
            "expected limits of at least 0, and lines of at least 1, found " + line + ", " + bulk);
      }
    }
  }

  /// Thrown if the server answered with an error.
  public static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;
    private final String text;

    private Refused(String command, String text) {
      super(command + " is rejected");
      this.text = text;
    }

    /// Returns the error text of the server.
    public String text() {
      return text;
    }
  }

  /// Thrown if the answer is not RESP.
  public static final class Malformed extends IOException {
    private static final long serialVersionUID = 1L;
    private final String found;

    private Malformed(String found) {
      super("the answer is not RESP");
      this.found = found;
    }

    /// Returns the part of the answer that was read.
    public String found() {
      return found;
    }
  }

  /// Thrown if the answer declares a length that is above its limit, or not a number.
  public static final class TooLong extends IOException {
    private static final long serialVersionUID = 1L;
    private final String length;

    private TooLong(String length) {
      super(
          "the answer declares a length of %d characters that is above the limit, or not a number"
              .formatted(length.length()));
      this.length = length;
    }

    /// Returns the length as the server sent it.
    public String length() {
      return length;
    }
  }

  /// Runs a command and returns a text, a number as text, null, or a list of such values.
  ///
  /// @throws Refused if the server answers with an error
  /// @throws IOException if there is no answer, or an invalid one
  public @Nullable Object call(String... command) throws IOException {
    var request = new StringBuilder("*").append(command.length).append("\r\n");
    for (String word : command) {
      request.append('$').append(word.getBytes(UTF_8).length).append("\r\n");
      request.append(word).append("\r\n");
    }
    out.write(request.toString().getBytes(UTF_8));
    out.flush();
    return answer(command[0], 0);
  }

  private @Nullable Object answer(String command, int depth) throws IOException {
    String line = line();
    String rest = line.isEmpty() ? "" : line.substring(1);
    return switch (line.isEmpty() ? ' ' : line.charAt(0)) {
      case '+', ':' -> rest;
      case '-' -> throw new Refused(command, rest);
      case '$' -> bulk(number(rest, limits.bulk()));
      case '*' -> {
        if (limits.depth() == 0) {
          throw new Malformed(line);
        }
        int count = number(rest, limits.items());
        if (count < 0) {
          yield null;
        }
        if (depth == limits.depth()) {
          throw new IOException("the lists of an answer are nested too deeply");
        }
        var items = new ArrayList<@Nullable Object>();
        for (int i = 0; i < count; i++) {
          items.add(answer(command, depth + 1));
        }
        yield items;
      }
      default -> throw new Malformed(line);
    };
  }

  private static int number(String text, int max) throws TooLong {
    try {
      int number = Integer.parseInt(text);
      if (number >= -1 && number <= max) {
        return number;
      }
    } catch (NumberFormatException _) { // rejected below
    }
    throw new TooLong(text);
  }

  private @Nullable String bulk(int length) throws IOException {
    if (length < 0) {
      return null;
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException(
          "the connection was closed after %d of %d bytes".formatted(bytes.length, length));
    }
    if (next() != '\r' || next() != '\n') {
      throw new Malformed(new String(bytes, UTF_8));
    }
    return new String(bytes, UTF_8);
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int c = next(); c != '\r'; c = next()) {
      if (line.size() == limits.line()) {
        throw new Malformed(line.toString(UTF_8));
      }
      line.write(c);
    }
    if (next() != '\n') {
      throw new Malformed(line.toString(UTF_8));
    }
    return line.toString(UTF_8);
  }

  private int next() throws IOException {
    int read = in.read();
    if (read < 0) {
      throw new EOFException("the connection was closed before an answer arrived");
    }
    return read;
  }
}
