package io.pharos.probe.protocol;

import io.pharos.probe.ProbeCheck;
import io.pharos.probe.RequestPhase;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Runs a [ProbeCheck.WebSocketCheck]: the handshake of RFC 6455, an optional message, and the
/// first received message if an expression uses it. The size of everything that is received is
/// limited.
///
/// @param random source of keys and masks, which are not secret
record WebSocketProbe(ProbeConnector connector, String userAgent, RandomGenerator random) {
  private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int MAX_MESSAGE_BYTES = 1 << 20;

  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int FIN = 0x80;
  private static final int MASKED = 0x80;
  private static final int MAX_SHORT_LENGTH = 125;
  private static final int NORMAL = 1000;

  /// Returns the facts after the handshake and, if needed, after a message.
  ///
  /// @param usedVariables variables of the expression
  ProbeFacts run(ProbeCheck.WebSocketCheck check, Set<String> usedVariables, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    URI url = check.url();
    boolean secure = "wss".equals(url.getScheme());
    byte[] nonce = new byte[16];
    random.nextBytes(nonce);
    String key = Base64.getEncoder().encodeToString(nonce);
    Map<String, String> headers = headers(check, key, attempt);
    Socket socket =
        connector.connect(
            attempt, ProbeConnector.server(url), check.ip(), secure ? check.tls() : null);
    OutputStream out = socket.getOutputStream();
    var wire = new HttpWire(socket.getInputStream(), out, attempt, MAX_MESSAGE_BYTES);
    HttpWire.Response response = wire.upgrade(url, headers);
    ProbeFacts facts = response.facts();
    attempt.facts = facts;
    if (response.status() != 101) {
      if (usedVariables.contains("status")) {
        return facts;
      }
      throw ProbeException.assertion("found status " + response.status() + ", expected 101");
    }
    if (!accept(key).equals(response.headers().get("sec-websocket-accept"))) {
      throw ProbeException.failure(
          "found no Sec-WebSocket-Accept that matches the key of the request");
    }
    if (!check.send().isEmpty()) {
      frame(out, TEXT, check.send().getBytes(StandardCharsets.UTF_8));
    }
    if (usedVariables.contains("text") || usedVariables.contains("body")) {
      facts.body(message(new DataInputStream(wire.rest()), out, attempt));
    }
    frame(out, CLOSE, ByteBuffer.allocate(2).putShort((short) NORMAL).array());
    return facts;
  }

  private Map<String, String> headers(
      ProbeCheck.WebSocketCheck check, String key, ProbeAttempt attempt) throws ProbeException {
    var headers = new LinkedHashMap<String, String>();
    headers.put("User-Agent", userAgent);
    headers.put("Upgrade", "websocket");
    headers.put("Sec-WebSocket-Version", "13");
    headers.put("Sec-WebSocket-Key", key);
    check.headers().forEach((name, value) -> HttpWire.replace(headers, name, value));
    if (check.bearerTokenFile() != null) {
      headers.put(
          "Authorization",
          "Bearer " + attempt.secret("bearer_token_file", check.bearerTokenFile()));
    }
    return headers;
  }

  private static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void frame(OutputStream out, int opcode, byte[] content) throws IOException {
    var frame = ByteBuffer.allocate(14 + content.length);
    frame.put((byte) (FIN | opcode));
    if (content.length <= MAX_SHORT_LENGTH) {
      frame.put((byte) (MASKED | content.length));
    } else if (content.length < 1 << 16) {
      frame.put((byte) (MASKED | 126)).putShort((short) content.length);
    } else {
      frame.put((byte) (MASKED | 127)).putLong(content.length);
    }
    byte[] mask = new byte[4];
    random.nextBytes(mask);
    frame.put(mask);
    for (int i = 0; i < content.length; i++) {
      frame.put((byte) (content[i] ^ mask[i % mask.length]));
    }
    out.write(frame.array(), 0, frame.position());
    out.flush();
  }

  /* Returns the first message, which may consist of several frames. Answers pings between these
   * frames. */
  private String message(DataInputStream in, OutputStream out, ProbeAttempt attempt)
      throws IOException, ProbeException {
    attempt.enter(RequestPhase.TRANSFER);
    var message = new ByteArrayOutputStream();
    while (true) {
      int first = in.readUnsignedByte();
      int second = in.readUnsignedByte();
      if ((second & MASKED) != 0) {
        throw ProbeException.failure("found a masked frame, which servers must not send");
      }
      long length = second;
      if (length > MAX_SHORT_LENGTH) {
        length = length == 126 ? in.readUnsignedShort() : in.readLong();
      }
      if (length < 0 || length > MAX_MESSAGE_BYTES - message.size()) {
        throw ProbeException.failure("the message is longer than " + MAX_MESSAGE_BYTES + " bytes");
      }
      byte[] content = new byte[(int) length];
      in.readFully(content);
      switch (first & 0xf) {
        case CLOSE ->
            throw ProbeException.failure(
                "the server closed the connection instead of sending a message"
                    + (content.length < 2
                        ? ""
                        : ": " + (ByteBuffer.wrap(content).getShort() & 0xffff) + reason(content)));
        case PING -> frame(out, PONG, content);
        case PONG -> {}
        default -> {
          message.write(content);
          if ((first & FIN) != 0) {
            attempt.leave();
            return message.toString(StandardCharsets.UTF_8);
          }
        }
      }
    }
  }

  private static String reason(byte[] content) {
    String text = new String(content, 2, content.length - 2, StandardCharsets.UTF_8);
    return text.isEmpty() ? "" : " " + ProbeFacts.shown(text);
  }
}
