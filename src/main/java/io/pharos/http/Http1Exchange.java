package io.pharos.http;

import io.pharos.model.BaseUrl;
import io.pharos.model.Quoted;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import javax.net.ssl.SSLSession;

/// Sends one `GET` over HTTP/1.1 (RFC 9112) and reads the response with blocking I/O.
final class Http1Exchange implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final byte[] NONE = {};
  private static final int MAX_HEAD_BYTES = 64 * 1024;
  private static final int MAX_QUOTED = 40;

  /* Buffers for reuse. Requests are short and rare, so a few buffers serve all connections. */
  private static final Queue<byte[]> SPARE = new ArrayBlockingQueue<>(4);

  private final Socket socket;
  private byte[] buffer;
  /* The bytes of the buffer at offsets [from, to) have been received, but not read. */
  private int from;
  private int to;
  private boolean reusable;

  /// @param socket socket whose reads throw an exception after its deadline
  Http1Exchange(Socket socket) {
    this.socket = socket;
    byte[] spare = SPARE.poll();
    buffer = spare == null ? new byte[BUFFER_BYTES] : spare;
  }

  /// Makes the buffer available to other exchanges.
  @Override
  public void close() {
    if (buffer.length == BUFFER_BYTES) {
      boolean _ = SPARE.offer(buffer);
    }
    buffer = NONE;
  }

  /// A complete response.
  private record Answer<T>(HttpRequest request, int statusCode, HttpHeaders headers, T body)
      implements HttpResponse<T> {
    @Override
    public Optional<HttpResponse<T>> previousResponse() {
      return Optional.empty();
    }

    @Override
    public Optional<SSLSession> sslSession() {
      return Optional.empty();
    }

    @Override
    public URI uri() {
      return request.uri();
    }

    @Override
    public HttpClient.Version version() {
      return HttpClient.Version.HTTP_1_1;
    }
  }

  /// Status line and headers of a response.
  ///
  /// @param isHttp10 whether the version is HTTP/1.0
  private record Head(int statusCode, boolean isHttp10, HttpHeaders headers)
      implements HttpResponse.ResponseInfo {
    @Override
    public HttpClient.Version version() {
      return HttpClient.Version.HTTP_1_1;
    }
  }

  /// Records whether the body's subscriber has cancelled.
  private static final class Demand implements Flow.Subscription {
    private boolean cancelled;

    @Override
    public void request(long count) {
      // Nothing to do: the subscriber runs on this thread and receives bytes as they arrive.
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  /// Sends the request and waits for the first bytes of the response.
  ///
  /// @return false if the server closed the connection instead
  boolean begin(byte[] request) throws IOException {
    socket.getOutputStream().write(request);
    return fill();
  }

  /// Encodes a `GET` request.
  static byte[] encode(HttpRequest request) {
    URI url = request.uri();
    String path = url.getRawPath();
    var text = new StringBuilder(400).append("GET ");
    text.append(path == null || path.isEmpty() ? "/" : path);
    if (url.getRawQuery() != null) {
      text.append('?').append(url.getRawQuery());
    }
    text.append(" HTTP/1.1\r\nHost: ").append(url.getHost());
    if (url.getPort() >= 0 && url.getPort() != BaseUrl.defaultPort(url)) {
      text.append(':').append(url.getPort());
    }
    text.append("\r\n");
    for (Map.Entry<String, List<String>> header : request.headers().map().entrySet()) {
      for (String value : header.getValue()) {
        text.append(header.getKey()).append(": ").append(value).append("\r\n");
      }
    }
    return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /// Returns whether the connection can be used for another request.
  boolean isReusable() {
    return reusable;
  }

  /// Reads the response, after [#begin] has returned true.
  ///
  /// @param handler creates subscribers, which must copy the buffers that they receive
  <T> HttpResponse<T> response(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws IOException, InterruptedException {
    Head head = head();
    while (head.statusCode() < 200) {
      if (head.statusCode() == 101) {
        throw new ProtocolException(
            "the server switched to another protocol, which the request did not ask for");
      }
      head = head();
    }
    HttpResponse.BodySubscriber<T> subscriber = handler.apply(head);
    CompletableFuture<T> body = subscriber.getBody().toCompletableFuture();
    var demand = new Demand();
    subscriber.onSubscribe(demand);
    boolean declaresEnd = false;
    try {
      declaresEnd = body(head, subscriber, demand);
    } catch (IOException e) {
      subscriber.onError(e);
      throw e;
    }
    if (!demand.cancelled) {
      subscriber.onComplete();
    }
    reusable =
        declaresEnd && !demand.cancelled && from == to && !head.isHttp10() && staysOpen(head);
    try {
      return new Answer<>(request, head.statusCode(), head.headers(), body.get());
    } catch (ExecutionException e) {
      throw OutgoingClient.failure(e);
    }
  }

  private static boolean staysOpen(Head head) {
    for (String value : head.headers().allValues("Connection")) {
      if (value.toLowerCase(Locale.ROOT).contains("close")) {
        return false;
      }
    }
    return true;
  }

  private Head head() throws IOException {
    String status = line(0);
    int read = status.length();
    if (!status.startsWith("HTTP/1.") || status.length() < 12 || status.charAt(8) != ' ') {
      throw new ProtocolException("the answer is not HTTP/1.1");
    }
    int code = 0;
    for (int i = 9; i < 12; i++) {
      int digit = status.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw new ProtocolException("the answer has no status");
      }
      code = code * 10 + digit;
    }
    if (code < 100 || (status.length() > 12 && status.charAt(12) != ' ')) {
      throw new ProtocolException("the answer has no status");
    }
    Map<String, List<String>> headers = new LinkedHashMap<>();
    int number = 1;
    for (String line = line(read); !line.isEmpty(); line = line(read)) {
      read += line.length() + 2;
      int colon = nameLength(line);
      number++;
      if (colon <= 0) {
        throw new ProtocolException(
            "line %d of the answer's head is %s, expected a header such as \"Name: value\""
                .formatted(
                    number, Quoted.of(line.substring(0, Math.min(line.length(), MAX_QUOTED)))));
      }
      headers
          .computeIfAbsent(
              line.substring(0, colon).toLowerCase(Locale.ROOT), _ -> new ArrayList<>(1))
          .add(line.substring(colon + 1).strip());
    }
    return new Head(code, status.charAt(7) == '0', HttpHeaders.of(headers, (_, _) -> true));
  }

  /* Returns the length of the name of a header, or -1 if something other than a colon follows. */
  private static int nameLength(String line) {
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == ':') {
        return i;
      }
      if (!isNameCharacter(c)) {
        return -1;
      }
    }
    return -1;
  }

  /* RFC 9110, 5.6.2. HttpHeaders would trim other characters, and fail if nothing is left. */
  private static boolean isNameCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
  }

  /// Returns the next line without its line end.
  private String line(int readBefore) throws IOException {
    for (int position = from; ; position++) {
      if (position == to) {
        int scanned = position - from;
        if (readBefore + scanned >= MAX_HEAD_BYTES) {
          throw new ProtocolException(
              "the head of the answer is longer than " + MAX_HEAD_BYTES + " bytes");
        }
        if (!fill()) {
          throw new EOFException("the answer ends within its head");
        }
        position = from + scanned;
      }
      if (buffer[position] == '\n') {
        int end = position > from && buffer[position - 1] == '\r' ? position - 1 : position;
        String line = new String(buffer, from, end - from, StandardCharsets.ISO_8859_1);
        from = position + 1;
        return line;
      }
    }
  }

  /// Reads more bytes into the buffer.
  ///
  /// @return false at the end of the stream
  private boolean fill() throws IOException {
    if (from == to) {
      from = 0;
      to = 0;
    } else if (to == buffer.length) {
      byte[] larger = from > 0 ? buffer : new byte[2 * buffer.length];
      System.arraycopy(buffer, from, larger, 0, to - from);
      buffer = larger;
      to -= from;
      from = 0;
    }
    InputStream in = socket.getInputStream();
    int count = in.read(buffer, to, buffer.length - to);
    to += Math.max(0, count);
    return count > 0;
  }

  /// Reads the body and passes it to a subscriber.
  ///
  /// @return whether the response declares where the body ends
  private boolean body(Head head, Flow.Subscriber<List<ByteBuffer>> reader, Demand demand)
      throws IOException {
    if (head.statusCode() == 204 || head.statusCode() == 304) {
      return true;
    }
    List<String> codings = head.headers().allValues("Transfer-Encoding");
    if (!codings.isEmpty()) {
      if (codings.size() > 1 || !codings.getFirst().equalsIgnoreCase("chunked")) {
        throw new ProtocolException("the body has an unsupported transfer coding");
      }
      chunks(reader, demand);
      return true;
    }
    List<String> lengths = head.headers().allValues("Content-Length");
    if (!lengths.isEmpty()) {
      String length = lengths.getFirst();
      if (Collections.frequency(lengths, length) < lengths.size()) {
        throw new ProtocolException("the answer has two values of Content-Length");
      }
      bytes(length(length, 10), reader, demand);
      return true;
    }
    while (!demand.cancelled && (from < to || fill())) {
      pass(to - from, reader);
    }
    return false;
  }

  private static long length(String text, int radix) throws ProtocolException {
    if (text.isEmpty() || text.length() > 15 || Character.digit(text.charAt(0), radix) < 0) {
      throw new ProtocolException("the length of the body is not a number");
    }
    try {
      return Long.parseLong(text, radix);
    } catch (NumberFormatException e) {
      throw OutgoingClient.caused(
          new ProtocolException("the length of the body is not a number"), e);
    }
  }

  private void bytes(long count, Flow.Subscriber<List<ByteBuffer>> reader, Demand demand)
      throws IOException {
    for (long remaining = count; remaining > 0 && !demand.cancelled; ) {
      if (from == to && !fill()) {
        throw new EOFException("the body ends " + remaining + " bytes too early");
      }
      int part = (int) Math.min(remaining, to - from);
      pass(part, reader);
      remaining -= part;
    }
  }

  private void chunks(Flow.Subscriber<List<ByteBuffer>> reader, Demand demand) throws IOException {
    while (!demand.cancelled) {
      String line = line(0);
      int end = line.indexOf(';');
      long size = length((end < 0 ? line : line.substring(0, end)).strip(), 16);
      if (size == 0) {
        int read = 0;
        for (String trailer = line(read); !trailer.isEmpty(); trailer = line(read)) {
          read += trailer.length() + 2;
        }
        return;
      }
      bytes(size, reader, demand);
      if (!demand.cancelled && !line(0).isEmpty()) {
        throw new ProtocolException("a chunk of the body is longer than its declared size");
      }
    }
  }

  private void pass(int count, Flow.Subscriber<List<ByteBuffer>> reader) {
    reader.onNext(List.of(ByteBuffer.wrap(buffer, from, count)));
    from += count;
  }
}
