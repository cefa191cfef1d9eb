package io.pharos.probe.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.pharos.probe.RequestPhase;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// HTTP/2 for one request per connection: only those parts of RFC 9113 that a probe needs. The size
/// of everything that is received is limited.
final class Http2Wire {
  /// A response.
  ///
  /// @param headers headers and trailers; of a repeated header, the last value
  record Answer(Map<String, String> headers, byte[] body) {
    Answer {
      headers = Map.copyOf(headers);
    }
  }

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  /* Maximum size of a frame in bytes: the protocol's default, which is not raised. */
  private static final int MAX_FRAME_BYTES = 16 * 1024;
  private static final int MAX_HEADERS_BYTES = 32 * 1024;
  private static final int MAX_BODY_BYTES = 32 * 1024;

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PUSH_PROMISE = 5;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int CONTINUATION = 9;

  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;
  private static final int PADDED = 8;
  private static final int PRIORITY = 32;

  private static final int SETTINGS_ENABLE_PUSH = 2;
  private static final int STREAM = 1;

  private final DataInputStream in;
  private final DataOutputStream out;
  private final ProbeAttempt attempt;
  private final DefaultHttp2HeadersDecoder decoder =
      new DefaultHttp2HeadersDecoder(false, MAX_HEADERS_BYTES);
  private final Map<String, String> headers = new HashMap<>();
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private final ByteArrayOutputStream headerBlock = new ByteArrayOutputStream();
  private boolean inHeaders;
  private boolean streamEnded;

  Http2Wire(InputStream in, OutputStream out, ProbeAttempt attempt) {
    this.in = new DataInputStream(new BufferedInputStream(in));
    this.out = new DataOutputStream(new BufferedOutputStream(out));
    this.attempt = attempt;
  }

  /// Sends a request and reads the response. Records the phases in the attempt.
  Answer post(
      String path, boolean secure, String authority, Map<String, String> fields, byte[] content)
      throws IOException, ProbeException {
    attempt.enter(RequestPhase.PROCESSING);
    out.write(PREFACE.getBytes(StandardCharsets.US_ASCII));
    writeFrame(
        SETTINGS,
        0,
        0,
        ByteBuffer.allocate(6).putShort((short) SETTINGS_ENABLE_PUSH).putInt(0).array());
    writeFrame(HEADERS, END_HEADERS, STREAM, head(path, secure, authority, fields));
    writeFrame(DATA, END_STREAM, STREAM, content);
    out.flush();
    boolean first = true;
    while (!streamEnded || inHeaders) {
      Frame frame = read();
      if (first && frame.stream() == STREAM) {
        attempt.enter(RequestPhase.TRANSFER);
        first = false;
      }
      process(frame);
    }
    attempt.leave();
    return new Answer(headers, body.toByteArray());
  }

  private record Frame(int type, int flags, int stream, ByteBuffer payload) {
    boolean has(int flag) {
      return (flags & flag) != 0;
    }
  }

  /* Encodes fields as literals that are not indexed, so that no dynamic table is needed. */
  private static byte[] head(
      String path, boolean secure, String authority, Map<String, String> fields) {
    var headerBlock = new ByteArrayOutputStream();
    field(headerBlock, ":method", "POST");
    field(headerBlock, ":scheme", secure ? "https" : "http");
    field(headerBlock, ":path", path);
    field(headerBlock, ":authority", authority);
    fields.forEach((name, value) -> field(headerBlock, name, value));
    return headerBlock.toByteArray();
  }

  private static void field(ByteArrayOutputStream headerBlock, String name, String value) {
    headerBlock.write(0);
    text(headerBlock, name);
    text(headerBlock, value);
  }

  private static void text(ByteArrayOutputStream headerBlock, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int remainder = bytes.length - 127;
    headerBlock.write(Math.min(bytes.length, 127));
    if (remainder >= 0) {
      for (; remainder >= 128; remainder >>>= 7) {
        headerBlock.write((remainder & 127) | 128);
      }
      headerBlock.write(remainder);
    }
    headerBlock.writeBytes(bytes);
  }

  private void writeFrame(int type, int flags, int stream, byte[] payload) throws IOException {
    out.writeByte(payload.length >> 16);
    out.writeShort(payload.length);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(stream);
    out.write(payload);
  }

  private Frame read() throws IOException, ProbeException {
    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt() & Integer.MAX_VALUE;
    if (length > MAX_FRAME_BYTES) {
      throw ProbeException.failure("the server does not support HTTP/2");
    }
    byte[] payload = new byte[length];
    in.readFully(payload);
    return new Frame(type, flags, stream, ByteBuffer.wrap(payload));
  }

  private void process(Frame frame) throws IOException, ProbeException {
    if (inHeaders && frame.type() != CONTINUATION) {
      throw ProbeException.failure("found another frame within the headers");
    }
    ByteBuffer payload = frame.payload();
    switch (frame.type()) {
      case SETTINGS -> {
        if (!frame.has(ACK)) {
          writeFrame(SETTINGS, ACK, 0, new byte[0]);
          out.flush();
        }
      }
      case PING -> {
        if (!frame.has(ACK)) {
          writeFrame(PING, ACK, 0, remaining(payload));
          out.flush();
        }
      }
      case GOAWAY -> {
        // a server that shuts down still answers streams that are open
        boolean answers =
            payload.limit() >= 8
                && (payload.getInt(0) & Integer.MAX_VALUE) >= STREAM
                && payload.getInt(4) == 0;
        if (!answers) {
          throw ProbeException.failure(
              "the server closed the connection: GOAWAY" + error(payload, 4));
        }
      }
      case RST_STREAM ->
          throw ProbeException.failure("the server reset the stream" + error(payload, 0));
      case PUSH_PROMISE ->
          throw ProbeException.failure("found a PUSH_PROMISE frame, which was not requested");
      case HEADERS -> {
        unpad(frame);
        if (frame.has(PRIORITY)) {
          skip(payload, 5);
        }
        streamEnded |= frame.has(END_STREAM);
        headers(frame);
      }
      case CONTINUATION -> {
        if (!inHeaders) {
          throw ProbeException.failure("found a CONTINUATION frame without headers before it");
        }
        headers(frame);
      }
      case DATA -> {
        unpad(frame);
        if (body.size() + payload.remaining() > MAX_BODY_BYTES) {
          throw ProbeException.failure("the answer is longer than " + MAX_BODY_BYTES + " bytes");
        }
        body.writeBytes(remaining(payload));
        streamEnded |= frame.has(END_STREAM);
      }
      default -> {} // flow control is not needed; unknown frames are ignored
    }
  }

  private static byte[] remaining(ByteBuffer payload) {
    byte[] remaining = new byte[payload.remaining()];
    payload.get(remaining);
    return remaining;
  }

  private static String error(ByteBuffer payload, int offset) {
    return payload.limit() >= offset + 4 ? " with error " + payload.getInt(offset) : "";
  }

  private static void unpad(Frame frame) throws ProbeException {
    if (frame.has(PADDED)) {
      ByteBuffer payload = frame.payload();
      int padding = payload.hasRemaining() ? payload.get() & 0xff : 256;
      if (padding > payload.remaining()) {
        throw ProbeException.failure("found a frame whose padding is longer than the frame");
      }
      payload.limit(payload.limit() - padding);
    }
  }

  private static void skip(ByteBuffer payload, int count) throws ProbeException {
    if (payload.remaining() < count) {
      throw ProbeException.failure("found a frame that is too short");
    }
    payload.position(payload.position() + count);
  }

  private void headers(Frame frame) throws ProbeException {
    ByteBuffer payload = frame.payload();
    if (headerBlock.size() + payload.remaining() > MAX_HEADERS_BYTES) {
      throw ProbeException.failure(
          "the headers of the answer are longer than " + MAX_HEADERS_BYTES + " bytes");
    }
    headerBlock.writeBytes(remaining(payload));
    inHeaders = !frame.has(END_HEADERS);
    if (inHeaders) {
      return;
    }
    ByteBuf bytes = Unpooled.wrappedBuffer(headerBlock.toByteArray());
    try {
      Http2Headers decoded = decoder.decodeHeaders(STREAM, bytes);
      decoded.forEach(entry -> headers.put(entry.getKey().toString(), entry.getValue().toString()));
    } catch (Http2Exception e) {
      throw ProbeException.failure("found headers that can't be read: " + e.getMessage());
    } finally {
      bytes.release();
      headerBlock.reset();
    }
  }
}
