package io.pharos.tap;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import java.io.IOException;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Finds the `code` of a JSON envelope (`{"code":0,"msg":…,"data":…}`) in a body that goes by,
/// piece by piece. It looks at a bounded prefix and keeps nothing of it. Not thread-safe.
public final class EnvelopeCode {
  /// How much of a body is looked at, in bytes.
  public static final int LONGEST_PREFIX = 64 << 10;

  private static final JsonFactory JSON = new JsonFactory();

  private final JsonParser parser;
  private final ByteArrayFeeder feeder;
  private int fed;
  private int depth;
  private boolean next;
  private boolean done;
  private boolean beyond;
  private @Nullable Integer code;

  public EnvelopeCode() {
    try {
      parser = JSON.createNonBlockingByteArrayParser();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    feeder = (ByteArrayFeeder) parser.getNonBlockingInputFeeder();
  }

  /// Whether a body of that type may be an envelope: `application/json` and `…+json`.
  ///
  /// @param type the header Content-Type, null for none
  public static boolean isJson(@Nullable String type) {
    if (type == null) {
      return false;
    }
    int semicolon = type.indexOf(';');
    String plain =
        (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    return plain.equals("application/json") || plain.endsWith("+json");
  }

  /// Whether the rest of the body is of no use.
  public boolean isDone() {
    return done;
  }

  /// Whether the body went on beyond the prefix and nothing was found in that.
  public boolean isBeyondPrefix() {
    return beyond;
  }

  /// What was found; absent also where the body is no envelope.
  public OptionalInt code() {
    return code == null ? OptionalInt.empty() : OptionalInt.of(code);
  }

  /// Looks at the next piece; from a broken one on at nothing.
  public void feed(byte[] bytes) {
    if (done || bytes.length == 0) {
      return;
    }
    int size = Math.min(bytes.length, LONGEST_PREFIX - fed);
    fed += size;
    try {
      feeder.feedInput(bytes, 0, size);
      read();
    } catch (IOException _) { // It is no JSON: so it has no code.
      done = true;
    }
    if (!done && size < bytes.length) {
      done = true;
      beyond = true;
    }
    if (done) {
      close();
    }
  }

  /// Says that the body has ended, or was cut off.
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
      // It reads from memory.
    }
  }

  private void read() throws IOException {
    while (!done) {
      JsonToken token = parser.nextToken();
      if (token == null || token == JsonToken.NOT_AVAILABLE) {
        return;
      }
      take(token);
    }
  }

  private void take(JsonToken token) throws IOException {
    if (next) {
      next = false;
      if (token == JsonToken.VALUE_NUMBER_INT
          && parser.getNumberType() == JsonParser.NumberType.INT) {
        code = parser.getIntValue();
      }
      done = true;
      return;
    }
    if (token == JsonToken.FIELD_NAME) {
      next = depth == 1 && parser.currentName().equals("code");
    } else if (token.isStructStart()) {
      depth++;
    } else if (token.isStructEnd()) {
      depth--;
    }
    done = depth == 0 || (depth == 1 && token == JsonToken.START_ARRAY);
  }
}
