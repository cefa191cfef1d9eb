package io.pharos.tap;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import java.io.IOException;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Extracts the `code` of a JSON envelope (`{"code":0,"msg":…,"data":…}`) from a streamed body.
/// Parses at most [#MAX_PREFIX_BYTES] bytes and does not buffer the body. Not thread-safe.
public final class EnvelopeCode {
  /// Maximum number of bytes that are parsed.
  public static final int MAX_PREFIX_BYTES = 64 << 10;

  private static final JsonFactory JSON = new JsonFactory();

  private final JsonParser parser;
  private final ByteArrayFeeder feeder;
  private int parsedBytes;
  private int depth;
  private boolean codeFollows;
  private boolean done;
  private boolean prefixExceeded;
  private @Nullable Integer code;

  public EnvelopeCode() {
    try {
      parser = JSON.createNonBlockingByteArrayParser();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    feeder = (ByteArrayFeeder) parser.getNonBlockingInputFeeder();
  }

  /// Returns whether a body with this content type may be an envelope: `application/json` or
  /// `…+json`.
  ///
  /// @param type value of the header Content-Type, or null
  public static boolean isJson(@Nullable String type) {
    if (type == null) {
      return false;
    }
    int semicolon = type.indexOf(';');
    String plain =
        (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    return plain.equals("application/json") || plain.endsWith("+json");
  }

  /// Returns whether the result is final, so that further input is ignored.
  public boolean isDone() {
    return done;
  }

  /// Returns whether [#MAX_PREFIX_BYTES] bytes were parsed without finding a code.
  public boolean isBeyondPrefix() {
    return prefixExceeded;
  }

  /// Returns the code, or empty if none was found or the body is not an envelope.
  public OptionalInt code() {
    return code == null ? OptionalInt.empty() : OptionalInt.of(code);
  }

  /// Parses the next bytes. After a syntax error all input is ignored.
  public void feed(byte[] bytes) {
    if (done || bytes.length == 0) {
      return;
    }
    int size = Math.min(bytes.length, MAX_PREFIX_BYTES - parsedBytes);
    parsedBytes += size;
    try {
      feeder.feedInput(bytes, 0, size);
      read();
    } catch (IOException _) { // the body is not JSON, so it has no code
      done = true;
    }
    if (!done && size < bytes.length) {
      done = true;
      prefixExceeded = true;
    }
    if (done) {
      close();
    }
  }

  /// Records the end of the body, whether it is complete or not.
  public void end() {
    if (!done) {
      done = true;
      close();
    }
  }

  private void close() {
    try {
      parser.close();
    } catch (IOException _) {
      // Can't happen, because the parser reads from memory.
    }
  }

  private void read() throws IOException {
    while (!done) {
      JsonToken token = parser.nextToken();
      if (token == null || token == JsonToken.NOT_AVAILABLE) {
        return;
      }
      read(token);
    }
  }

  private void read(JsonToken token) throws IOException {
    if (codeFollows) {
      codeFollows = false;
      if (token == JsonToken.VALUE_NUMBER_INT
          && parser.getNumberType() == JsonParser.NumberType.INT) {
        code = parser.getIntValue();
      }
      done = true;
      return;
    }
    if (token == JsonToken.FIELD_NAME) {
      codeFollows = depth == 1 && parser.currentName().equals("code");
    } else if (token.isStructStart()) {
      depth++;
    } else if (token.isStructEnd()) {
      depth--;
    }
    done = depth == 0 || (depth == 1 && token == JsonToken.START_ARRAY);
  }
}
