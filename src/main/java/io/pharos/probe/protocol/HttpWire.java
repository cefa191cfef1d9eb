package io.pharos.probe.protocol;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.model.Quoted;
import io.pharos.probe.RequestPhase;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// HTTP/1.1 for one request per connection: only those parts of RFC 9112 that a probe needs. The
/// size of everything that is received is limited.
final class HttpWire {
  /// A response. Header names are in lower case; of a repeated header, the first value is kept.
  record Response(int status, Map<String, String> headers, byte[] body) {
    /// Returns the status and the headers as facts.
    ProbeFacts facts() {
      ObjectNode fields = ProbeFacts.record();
      headers.forEach(fields::put);
      return new ProbeFacts().put("status", status).put("headers", fields);
    }
  }

  /// Sets a header. Removes a header whose name differs only in case.
  static void replace(Map<String, String> headers, String name, String value) {
    headers.keySet().removeIf(existing -> existing.equalsIgnoreCase(name));
    headers.put(name, value);
  }

  private static final int MAX_HEAD_BYTES = 64 * 1024;
  private static final int MAX_INFORMATIONAL = 10;

  private final InputStream in;
  private final OutputStream out;
  private final ProbeAttempt attempt;
  private final int maxBody;
  private int remainingHeadBytes = MAX_HEAD_BYTES;

  HttpWire(InputStream in, OutputStream out, ProbeAttempt attempt, int maxBody) {
    this.in = new BufferedInputStream(in);
    this.out = out;
    this.attempt = attempt;
    this.maxBody = maxBody;
  }

  /// Sends a request and reads the response. Records the phases in the attempt.
  Response exchange(String method, URI url, Map<String, String> headers, byte[] body)
      throws IOException, ProbeException {
    attempt.enter(RequestPhase.PROCESSING);
    out.write(head(method, url, headers, body, "close").getBytes(StandardCharsets.UTF_8));
    out.write(body);
    out.flush();
    awaitAnswer();
    Response response = response(method);
    attempt.leave();
    return response;
  }

  private void awaitAnswer() throws IOException {
    in.mark(1);
    int first = in.read();
    attempt.enter(RequestPhase.TRANSFER);
    if (first < 0) {
      throw new EOFException("the connection was closed before an answer arrived");
    }
    in.reset();
  }

  /// Requests a protocol upgrade and reads the head of the response.
  Response upgrade(URI url, Map<String, String> headers) throws IOException, ProbeException {
    attempt.enter(RequestPhase.PROCESSING);
    out.write(head("GET", url, headers, new byte[0], "Upgrade").getBytes(StandardCharsets.UTF_8));
    out.flush();
    awaitAnswer();
    var response = new Response(status(), headers(), new byte[0]);
    attempt.status = response.status();
    attempt.leave();
    return response;
  }

  /// Returns the bytes that follow the head of the response to [#upgrade].
  InputStream rest() {
    return in;
  }

  private static String head(
      String method, URI url, Map<String, String> headers, byte[] body, String connection) {
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    var head = new StringBuilder(method + " " + path + query + " HTTP/1.1\r\n");
    head.append("Host: ").append(url.getRawAuthority()).append("\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    if (body.length > 0 || method.equals("POST") || method.equals("PUT")) {
      head.append("Content-Length: " + body.length + "\r\n");
    }
    return head.append("Connection: " + connection + "\r\n\r\n").toString();
  }

  private Response response(String method) throws IOException, ProbeException {
    int status = status();
    Map<String, String> headers = headers();
    for (int i = 0; status < 200 && i < MAX_INFORMATIONAL; i++) {
      status = status();
      headers = headers();
    }
    attempt.status = status;
    boolean empty = method.equals("HEAD") || status < 200 || status == 204 || status == 304;
    byte[] body = empty ? new byte[0] : body(headers);
    return new Response(status, headers, body);
  }

  private int status() throws IOException, ProbeException {
    String line = line();
    if (!line.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
      throw ProbeException.failure(
          "found " + Quoted.of(Quoted.cut(line, 60)) + ", expected a status line of HTTP/1.1");
    }
    return Integer.parseInt(line.substring(9, 12));
  }

  private Map<String, String> headers() throws IOException, ProbeException {
    var headers = new LinkedHashMap<String, String>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      if (colon < 1) {
        throw ProbeException.failure("found a header line without a colon");
      }
      headers.putIfAbsent(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return headers;
  }

  private byte[] body(Map<String, String> headers) throws IOException, ProbeException {
    var body = new ByteArrayOutputStream();
    String encoding = headers.getOrDefault("transfer-encoding", "").toLowerCase(Locale.ROOT);
    String length = headers.get("content-length");
    if (encoding.equals("chunked")) {
      chunks(body);
    } else if (!encoding.isEmpty()) {
      throw ProbeException.failure(
          "found Transfer-Encoding " + Quoted.of(encoding) + ", expected chunked");
    } else if (length != null) {
      copy(body, number(length, 10, "Content-Length"));
    } else {
      for (int c = in.read(); c >= 0; c = in.read()) {
        checkSize(body, 1);
        body.write(c);
      }
    }
    return body.toByteArray();
  }

  private void chunks(ByteArrayOutputStream body) throws IOException, ProbeException {
    while (true) {
      remainingHeadBytes = MAX_HEAD_BYTES;
      String line = line();
      int semicolon = line.indexOf(';');
      String size = (semicolon < 0 ? line : line.substring(0, semicolon)).strip();
      long count = number(size, 16, "chunk size");
      if (count == 0) {
        headers();
        return;
      }
      copy(body, count);
      if (!line().isEmpty()) {
        throw ProbeException.failure("found a chunk that is longer than its declared size");
      }
    }
  }

  private static long number(String text, int radix, String subject) throws ProbeException {
    try {
      long number = Long.parseLong(text, radix);
      if (number >= 0 && !text.startsWith("+")) {
        return number;
      }
    } catch (NumberFormatException _) {
      // reported below, together with negative numbers
    }
    throw ProbeException.failure(
        "found " + subject + " " + Quoted.of(text) + ", expected a number");
  }

  private void copy(ByteArrayOutputStream body, long count) throws IOException, ProbeException {
    checkSize(body, count);
    byte[] bytes = in.readNBytes((int) count);
    if (bytes.length < count) {
      throw new EOFException(
          "the connection was closed after %d of %d bytes".formatted(bytes.length, count));
    }
    body.write(bytes);
  }

  private void checkSize(ByteArrayOutputStream body, long additional) throws ProbeException {
    if (additional > maxBody - body.size()) {
      throw ProbeException.assertion("the body is longer than max_body of " + maxBody + " bytes");
    }
  }

  private String line() throws IOException, ProbeException {
    var line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection was closed within the head of the answer");
      }
      if (--remainingHeadBytes < 0) {
        throw ProbeException.failure(
            "the head of the answer is longer than " + MAX_HEAD_BYTES + " bytes");
      }
      line.write(c);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }
}
