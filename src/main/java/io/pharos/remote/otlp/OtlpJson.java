package io.pharos.remote.otlp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Makes the protobuf of a request that came as JSON (protobuf's mapping, with the exceptions of
/// OTLP's specification), so that one reader reads both. Fields that are not read there are left
/// out, and so are those that later versions add.
final class OtlpJson {
  /// Lists within lists of attributes among them.
  private static final int MAX_DEPTH = 64;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(1 << 20)
                  .maxNumberLength(100)
                  .build())
          .build();

  /// How a field is written.
  private enum Type {
    MESSAGE,
    STRING,
    BYTES,
    HEX,
    BOOL,
    VARINT,
    SINT,
    TEMPORALITY,
    FIXED,
    DOUBLE,
    VARINTS,
    FIXEDS,
    DOUBLES
  }

  /// @param message what a message is made of; null for others
  private record Field(int number, Type type, @Nullable Map<String, Field> message) {}

  /* The fields that OtlpReader reads (opentelemetry-proto, metrics v1). */
  private static final Map<String, Field> REQUEST = request();

  private final JsonParser in;
  private int parts;

  private OtlpJson(JsonParser in) {
    this.in = in;
  }

  /// The request as protobuf.
  ///
  /// @throws JsonParseException where it is no such JSON; the message says where
  /// @throws TooLargeException where lists of numbers are longer than any reader takes
  static byte[] protobuf(byte[] json) throws IOException {
    try (JsonParser in = JSON.createParser(json)) {
      var out = new ProtoWriter();
      var reading = new OtlpJson(in);
      in.nextToken();
      reading.message(REQUEST, out);
      if (in.nextToken() != null) {
        throw reading.refused("nothing behind the request");
      }
      return out.toByteArray();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /// There are more numbers than any reader takes.
  static final class TooLargeException extends IOException {
    private TooLargeException(String message) {
      super(message);
    }
  }

  private JsonParseException refused(String expected) {
    String found;
    try {
      found = String.valueOf(in.getText());
    } catch (IOException _) {
      found = "";
    }
    return new JsonParseException(
        in, "expected " + expected + ", found " + Quoted.of(found), in.currentTokenLocation());
  }

  private void message(Map<String, Field> fields, ProtoWriter out) throws IOException {
    if (in.currentToken() != JsonToken.START_OBJECT) {
      throw refused("an object");
    }
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      Field field = fields.get(in.currentName());
      JsonToken token = in.nextToken();
      if (field == null || token == JsonToken.VALUE_NULL) {
        in.skipChildren();
      } else if (token == JsonToken.START_ARRAY) {
        list(field, out);
      } else {
        value(field, out);
      }
    }
    if (in.currentToken() != JsonToken.END_OBJECT) {
      throw refused("the end of an object");
    }
  }

  private void list(Field field, ProtoWriter out) throws IOException {
    var numbers = LongStream.builder();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      if (++parts > ProtoReader.MAX_PARTS) {
        throw new TooLargeException("more than " + ProtoReader.MAX_PARTS + " parts in one message");
      }
      switch (field.type) {
        case MESSAGE -> value(field, out);
        case VARINTS, FIXEDS -> numbers.add(whole());
        case DOUBLES -> numbers.add(Double.doubleToRawLongBits(number()));
        case STRING, BYTES, HEX, BOOL, VARINT, SINT, TEMPORALITY, FIXED, DOUBLE ->
            throw refused("one value instead of a list");
      }
    }
    long[] all = numbers.build().toArray();
    if (field.type == Type.VARINTS) {
      out.int64s(field.number, all);
    } else if (all.length > 0) {
      out.fixeds(field.number, all);
    }
  }

  private void value(Field field, ProtoWriter out) throws IOException {
    int number = field.number;
    switch (field.type) {
      case MESSAGE -> {
        Map<String, Field> fields = field.message == null ? Map.of() : field.message;
        out.message(
            number,
            inner -> {
              try {
                message(fields, inner);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
      }
      case STRING -> out.element(number, text());
      case BYTES -> {
        text();
        out.bytes(number, in.getBinaryValue());
      }
      case HEX -> out.bytes(number, hex());
      case BOOL -> out.varint(number, truth() ? 1 : 0);
      case VARINT -> out.varint(number, whole());
      case SINT -> out.sint64(number, whole());
      case TEMPORALITY -> out.varint(number, temporality());
      case FIXED -> out.fixed(number, whole());
      case DOUBLE -> out.fixed(number, Double.doubleToRawLongBits(number()));
      case VARINTS, FIXEDS, DOUBLES -> throw refused("a list");
    }
  }

  private String text() throws IOException {
    if (in.currentToken() != JsonToken.VALUE_STRING) {
      throw refused("a text");
    }
    return in.getText();
  }

  /* Ids are the exception to bytes being base64. */
  private byte[] hex() throws IOException {
    try {
      return HexFormat.of().parseHex(text());
    } catch (IllegalArgumentException _) {
      throw refused("hexadecimal digits, two for each byte");
    }
  }

  private boolean truth() throws IOException {
    return switch (in.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case null, default -> throw refused("true or false");
    };
  }

  /* A number of 64 bits, with a sign or without; as a text where it may be longer than JavaScript's
   * numbers. */
  private long whole() throws IOException {
    if (in.currentToken() == JsonToken.VALUE_NUMBER_INT
        || in.currentToken() == JsonToken.VALUE_STRING) {
      String text = in.getText();
      try {
        return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
      } catch (NumberFormatException _) { // refused below
      }
    }
    throw refused("a whole number of 64 bits");
  }

  private double number() throws IOException {
    if (in.currentToken() == JsonToken.VALUE_NUMBER_INT
        || in.currentToken() == JsonToken.VALUE_NUMBER_FLOAT) {
      return Double.parseDouble(in.getText());
    }
    if (in.currentToken() == JsonToken.VALUE_STRING) {
      String text = in.getText();
      boolean plain =
          !text.isEmpty() && text.chars().allMatch(c -> "0123456789+-.eE".indexOf(c) >= 0);
      try {
        if (plain || text.equals("NaN") || text.equals("Infinity") || text.equals("-Infinity")) {
          return Double.parseDouble(text);
        }
      } catch (NumberFormatException _) { // refused below
      }
    }
    throw refused("a number");
  }

  private long temporality() throws IOException {
    if (in.currentToken() != JsonToken.VALUE_STRING) {
      return whole();
    }
    return switch (in.getText()) {
      case "AGGREGATION_TEMPORALITY_UNSPECIFIED" -> 0;
      case "AGGREGATION_TEMPORALITY_DELTA" -> 1;
      case "AGGREGATION_TEMPORALITY_CUMULATIVE" -> 2;
      default -> whole();
    };
  }

  private static Field of(int number, Type type) {
    return new Field(number, type, null);
  }

  private static Field of(int number, Map<String, Field> message) {
    return new Field(number, Type.MESSAGE, message);
  }

  private static Map<String, Field> request() {
    Map<String, Field> any = new HashMap<>(); // attributes hold themselves
    Map<String, Field> attribute = Map.of("key", of(1, Type.STRING), "value", of(2, any));
    any.put("stringValue", of(1, Type.STRING));
    any.put("boolValue", of(2, Type.BOOL));
    any.put("intValue", of(3, Type.VARINT));
    any.put("doubleValue", of(4, Type.DOUBLE));
    any.put("arrayValue", of(5, Map.of("values", of(1, any))));
    any.put("kvlistValue", of(6, Map.of("values", of(1, attribute))));
    any.put("bytesValue", of(7, Type.BYTES));
    Field time = of(3, Type.FIXED);
    Field start = of(2, Type.FIXED);
    Map<String, Field> exemplar =
        Map.of(
            "timeUnixNano", of(2, Type.FIXED),
            "asDouble", of(3, Type.DOUBLE),
            "spanId", of(4, Type.HEX),
            "traceId", of(5, Type.HEX),
            "asInt", of(6, Type.FIXED),
            "filteredAttributes", of(7, attribute));
    Map<String, Field> number =
        Map.of(
            "attributes", of(7, attribute),
            "startTimeUnixNano", start,
            "timeUnixNano", time,
            "asDouble", of(4, Type.DOUBLE),
            "asInt", of(6, Type.FIXED),
            "exemplars", of(5, exemplar),
            "flags", of(8, Type.VARINT));
    Map<String, Field> explicit =
        Map.of(
            "attributes", of(9, attribute),
            "startTimeUnixNano", start,
            "timeUnixNano", time,
            "count", of(4, Type.FIXED),
            "sum", of(5, Type.DOUBLE),
            "bucketCounts", of(6, Type.FIXEDS),
            "explicitBounds", of(7, Type.DOUBLES),
            "exemplars", of(8, exemplar),
            "flags", of(10, Type.VARINT));
    Map<String, Field> side =
        Map.of("offset", of(1, Type.SINT), "bucketCounts", of(2, Type.VARINTS));
    Map<String, Field> exponential =
        Map.ofEntries(
            Map.entry("attributes", of(1, attribute)),
            Map.entry("startTimeUnixNano", start),
            Map.entry("timeUnixNano", time),
            Map.entry("count", of(4, Type.FIXED)),
            Map.entry("sum", of(5, Type.DOUBLE)),
            Map.entry("scale", of(6, Type.SINT)),
            Map.entry("zeroCount", of(7, Type.FIXED)),
            Map.entry("positive", of(8, side)),
            Map.entry("negative", of(9, side)),
            Map.entry("flags", of(10, Type.VARINT)),
            Map.entry("exemplars", of(11, exemplar)),
            Map.entry("zeroThreshold", of(14, Type.DOUBLE)));
    Map<String, Field> summary =
        Map.of(
            "attributes", of(7, attribute),
            "startTimeUnixNano", start,
            "timeUnixNano", time,
            "count", of(4, Type.FIXED),
            "sum", of(5, Type.DOUBLE),
            "quantileValues",
                of(6, Map.of("quantile", of(1, Type.DOUBLE), "value", of(2, Type.DOUBLE))),
            "flags", of(8, Type.VARINT));
    Field temporality = of(2, Type.TEMPORALITY);
    Map<String, Field> metric =
        Map.of(
            "name", of(1, Type.STRING),
            "description", of(2, Type.STRING),
            "unit", of(3, Type.STRING),
            "gauge", of(5, Map.of("dataPoints", of(1, number))),
            "sum",
                of(
                    7,
                    Map.of(
                        "dataPoints", of(1, number),
                        "aggregationTemporality", temporality,
                        "isMonotonic", of(3, Type.BOOL))),
            "histogram",
                of(9, Map.of("dataPoints", of(1, explicit), "aggregationTemporality", temporality)),
            "exponentialHistogram",
                of(
                    10,
                    Map.of(
                        "dataPoints", of(1, exponential), "aggregationTemporality", temporality)),
            "summary", of(11, Map.of("dataPoints", of(1, summary))));
    Map<String, Field> resource =
        Map.of(
            "resource", of(1, Map.of("attributes", of(1, attribute))),
            "scopeMetrics", of(2, Map.of("metrics", of(2, metric))));
    return Map.of("resourceMetrics", of(1, resource));
  }
}
