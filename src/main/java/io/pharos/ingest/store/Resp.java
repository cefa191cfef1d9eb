package io.pharos.ingest.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// RESP, the protocol of Redis in its version 2, on a connection that is there already, with a
/// bound on everything that the server sends. Errors show nothing of a command but its first word;
/// what the server said stands in them apart, since it may repeat arguments.
public final class Resp {
  /// What an answer may have at most.
  ///
  /// @param line bytes of a line
  /// @param bulk bytes of a text
  /// @param items of a list
  /// @param depth of lists within each other; 0 takes none
  public record Limits(int line, int bulk, int items, int depth) {
    public Limits {
      if (line < 1 || bulk < 0 || items < 0 || depth < 0) {
        throw new IllegalArgumentException(
            "expected limits of 0 at least, and lines of 1, found " + line + ", " + bulk);
      }
    }
  }

  /// The server said an error.
  public static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;
    private final String words;

    private Refused(String command, String words) {
      super(command + " is refused");
      this.words = words;
    }

    /// What the server said.
    public String words() {
      return words;
    }
  }

  /// What came is not RESP.
  public static final class Strange extends IOException {
    private static final long serialVersionUID = 1L;
    private final String found;

    private Strange(String found) {
      super("the answer is not RESP");
      this.found = found;
    }

    /// What came, as far as it was read.
    public String found() {
      return found;
    }
  }

  /// An answer is longer than it may be, or says of its length what is none.
  public static final class TooLong extends IOException {
    private static final long serialVersionUID = 1L;
    private final String length;

    private TooLong(String length) {
      super("an answer has %d digits of length, or is too long".formatted(length.length()));
      this.length = length;
    }

    /// What it says of its length.
    public String length() {
      return length;
    }
  }

  private final InputStream in;
  private final OutputStream out;
  private final Limits limits;

  /// @param in read byte by byte, so best buffered
  public Resp(InputStream in, OutputStream out, Limits limits) {
    this.in = requireNonNull(in, "in is null");
    this.out = requireNonNull(out, "out is null");
    this.limits = requireNonNull(limits, "limits is null");
  }

  /// What a command answers: a text, a number as text, null, or a list of those.
  ///
  /// @throws Refused when the server says an error
  /// @throws IOException when there is no answer, or none that can be read
  public @Nullable Object ask(String... command) throws IOException {
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
          throw new Strange(line);
        }
        int count = number(rest, limits.items());
        if (count < 0) {
          yield null;
        }
        if (depth == limits.depth()) {
          throw new IOException("lists within lists");
        }
        var items = new ArrayList<@Nullable Object>();
        for (int i = 0; i < count; i++) {
          items.add(answer(command, depth + 1));
        }
        yield items;
      }
      default -> throw new Strange(line);
    };
  }

  private static int number(String text, int most) throws TooLong {
    try {
      int number = Integer.parseInt(text);
      if (number >= -1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) { // refused below
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
      throw new Strange(new String(bytes, UTF_8));
    }
    return new String(bytes, UTF_8);
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int c = next(); c != '\r'; c = next()) {
      if (line.size() == limits.line()) {
        throw new Strange(line.toString(UTF_8));
      }
      line.write(c);
    }
    if (next() != '\n') {
      throw new Strange(line.toString(UTF_8));
    }
    return line.toString(UTF_8);
  }

  private int next() throws IOException {
    int read = in.read();
    if (read < 0) {
      throw new EOFException("the connection was closed before an answer came");
    }
    return read;
  }
}
