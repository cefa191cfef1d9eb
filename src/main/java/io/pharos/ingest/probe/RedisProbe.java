package io.pharos.ingest.probe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Runs a [ProbeCheck.RedisCheck] over RESP, with a bound on everything that the server sends.
final class RedisProbe {
  private static final int MAX_LINE = 4096;
  private static final int MAX_INFO = 1 << 20;
  private static final int MOST_DIGITS = 30;

  private final Connector connector;

  RedisProbe(Connector connector) {
    this.connector = connector;
  }

  /// Returns when the server answered `PING`, and `INFO` where that is needed.
  ///
  /// @param informed whether an expression looks at `info`
  Facts run(ProbeCheck.RedisCheck check, boolean informed, Attempt attempt)
      throws ProbeException, IOException, InterruptedException {
    Path file = check.passwordFile();
    String password = file == null ? "" : attempt.secret("password_file", file);
    Socket socket = connector.connect(attempt, check.host(), check.port(), check.ip(), check.tls());
    attempt.enter(Phase.PROCESSING);
    InputStream in = new BufferedInputStream(socket.getInputStream());
    OutputStream out = socket.getOutputStream();
    if (!password.isEmpty()) {
      String[] auth =
          check.username().isEmpty()
              ? new String[] {"AUTH", password}
              : new String[] {"AUTH", check.username(), password};
      expect("OK", ask(in, out, auth), "AUTH");
    }
    expect("PONG", ask(in, out, "PING"), "PING");
    var facts = new Facts();
    if (informed || !check.info().isEmpty()) {
      ObjectNode info = info(ask(in, out, "INFO"));
      facts.put("info", info);
      JsonNode value = info.get(check.info());
      if (!check.info().isEmpty()) {
        if (value == null) {
          throw ProbeException.assertion("INFO has no field " + Facts.shown(check.info()));
        }
        facts.put("value", value);
        if (value.isNumber()) {
          attempt.sawValue("probe_value", value.doubleValue());
        }
      }
    }
    attempt.leave();
    return facts;
  }

  private static void expect(String expected, String found, String command) throws ProbeException {
    if (!found.equals(expected)) {
      throw ProbeException.assertion(
          command + " was answered " + Facts.shown(found) + ", expected " + expected);
    }
  }

  private static String ask(InputStream in, OutputStream out, String... command)
      throws IOException, ProbeException {
    var request = new StringBuilder("*" + command.length + "\r\n");
    for (String part : command) {
      request.append("$" + part.getBytes(StandardCharsets.UTF_8).length + "\r\n" + part + "\r\n");
    }
    out.write(request.toString().getBytes(StandardCharsets.UTF_8));
    out.flush();
    String line = line(in);
    char kind = line.isEmpty() ? ' ' : line.charAt(0);
    String rest = line.isEmpty() ? "" : line.substring(1);
    return switch (kind) {
      case '+' -> rest;
      case '-' -> throw ProbeException.assertion(command[0] + " was refused: " + Facts.shown(rest));
      case '$', '=' -> bulk(in, rest);
      default ->
          throw ProbeException.failure(
              "found " + Facts.shown(line) + ", expected an answer of Redis");
    };
  }

  private static String bulk(InputStream in, String length) throws IOException, ProbeException {
    int bytes;
    try {
      bytes = Integer.parseInt(length);
    } catch (NumberFormatException _) {
      bytes = -1;
    }
    if (bytes < 0 || bytes > MAX_INFO) {
      throw ProbeException.failure(
          "found an answer of " + Facts.shown(length) + " bytes, expected at most " + MAX_INFO);
    }
    byte[] content = in.readNBytes(bytes);
    if (content.length < bytes) {
      throw new EOFException(
          "the connection was closed after %d of %d bytes".formatted(content.length, bytes));
    }
    line(in);
    return new String(content, StandardCharsets.UTF_8);
  }

  private static String line(InputStream in) throws IOException, ProbeException {
    var line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection was closed before an answer came");
      }
      if (line.size() == MAX_LINE) {
        throw ProbeException.failure(
            "found "
                + Facts.shown(line.toString(StandardCharsets.UTF_8))
                + ", expected an answer of Redis");
      }
      line.write(c);
    }
    return line.toString(StandardCharsets.UTF_8).stripTrailing();
  }

  /* "field:value", with comments and empty lines between. */
  private static ObjectNode info(String text) {
    ObjectNode info = Facts.record();
    text.lines()
        .forEach(
            line -> {
              int colon = line.indexOf(':');
              if (colon > 0 && line.charAt(0) != '#') {
                info.set(line.substring(0, colon), value(line.substring(colon + 1).strip()));
              }
            });
    return info;
  }

  private static JsonNode value(String text) {
    boolean digits =
        !text.isEmpty()
            && text.length() <= MOST_DIGITS
            && text.chars().allMatch(c -> c == '-' || c == '.' || (c >= '0' && c <= '9'));
    try {
      return digits ? DecimalNode.valueOf(new BigDecimal(text)) : TextNode.valueOf(text);
    } catch (NumberFormatException _) {
      return TextNode.valueOf(text); // a version or an address
    }
  }
}
