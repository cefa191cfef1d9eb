package io.pharos.remote.otlp;

import static java.util.Objects.requireNonNull;

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
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;

/// Converts a JSON request to protobuf, so that one reader handles both formats. Follows protobuf's
/// JSON mapping with the exceptions in OTLP's specification. Fields that the reader ignores are
/// dropped.
final class OtlpJson {
  /// Maximum nesting of lists of attributes.
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

  /// The encoding of a field.
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

  /// A field of a message.
  ///
  /// @param message fields of the field's value if it is a message; empty for other types
  private record Field(int number, Type type, Map<String, Field> message) {}

  /* The fields read by OtlpReader (opentelemetry-proto, metrics v1): each message with its
   * fields as NAME=NUMBER:TYPE. */
  private static final String SCHEMA =
      """
      Request resourceMetrics=1:ResourceMetrics
      ResourceMetrics resource=1:Resource scopeMetrics=2:ScopeMetrics
      Resource attributes=1:Attribute
      ScopeMetrics metrics=2:Metric
      Metric name=1:string description=2:string unit=3:string gauge=5:Gauge sum=7:Sum
        histogram=9:Histogram exponentialHistogram=10:Exponential summary=11:Summary
      Gauge dataPoints=1:NumberPoint
      Sum dataPoints=1:NumberPoint aggregationTemporality=2:temporality isMonotonic=3:bool
      Histogram dataPoints=1:HistogramPoint aggregationTemporality=2:temporality
      Exponential dataPoints=1:ExponentialPoint aggregationTemporality=2:temporality
      Summary dataPoints=1:SummaryPoint
      NumberPoint attributes=7:Attribute startTimeUnixNano=2:fixed timeUnixNano=3:fixed
        asDouble=4:double asInt=6:fixed exemplars=5:Exemplar flags=8:varint
      HistogramPoint attributes=9:Attribute startTimeUnixNano=2:fixed timeUnixNano=3:fixed
        count=4:fixed sum=5:double bucketCounts=6:fixeds explicitBounds=7:doubles
        exemplars=8:Exemplar flags=10:varint
      ExponentialPoint attributes=1:Attribute startTimeUnixNano=2:fixed timeUnixNano=3:fixed
        count=4:fixed sum=5:double scale=6:sint zeroCount=7:fixed positive=8:Side negative=9:Side
        flags=10:varint exemplars=11:Exemplar zeroThreshold=14:double
      Side offset=1:sint bucketCounts=2:varints
      SummaryPoint attributes=7:Attribute startTimeUnixNano=2:fixed timeUnixNano=3:fixed
        count=4:fixed sum=5:double quantileValues=6:Quantile flags=8:varint
      Quantile quantile=1:double value=2:double
      Exemplar timeUnixNano=2:fixed asDouble=3:double spanId=4:hex traceId=5:hex asInt=6:fixed
        filteredAttributes=7:Attribute
      Attribute key=1:string value=2:Any
      Any stringValue=1:string boolValue=2:bool intValue=3:varint doubleValue=4:double
        arrayValue=5:AnyList kvlistValue=6:AttributeList bytesValue=7:bytes
      AnyList values=1:Any
      AttributeList values=1:Attribute
      """;

  private static final Map<String, Field> REQUEST = request();

  private final JsonParser in;
  private int elementCount;

  private OtlpJson(JsonParser in) {
    this.in = in;
  }

  /// Converts a request.
  ///
  /// @throws JsonParseException if the text is not a request in OTLP's JSON; the message contains
  ///   the position
  /// @throws TooLargeException if the request has more list elements than the reader accepts
  static byte[] protobuf(byte[] json) throws IOException {
    try (JsonParser in = JSON.createParser(json)) {
      var out = new ProtoWriter();
      var reading = new OtlpJson(in);
      in.nextToken();
      reading.message(REQUEST, out);
      if (in.nextToken() != null) {
        throw reading.error("nothing after the request");
      }
      return out.toByteArray();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /// Thrown if a request has more list elements than the reader accepts.
  static final class TooLargeException extends IOException {
    private TooLargeException(String message) {
      super(message);
    }
  }

  private JsonParseException error(String expected) {
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
      throw error("an object");
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
      throw error("the end of an object");
    }
  }

  private void list(Field field, ProtoWriter out) throws IOException {
    var numbers = LongStream.builder();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      if (++elementCount > ProtoReader.MAX_PARTS) {
        throw new TooLargeException("more than " + ProtoReader.MAX_PARTS + " parts in one message");
      }
      switch (field.type) {
        case MESSAGE -> value(field, out);
        case VARINTS, FIXEDS -> numbers.add(whole());
        case DOUBLES -> numbers.add(Double.doubleToRawLongBits(number()));
        case STRING, BYTES, HEX, BOOL, VARINT, SINT, TEMPORALITY, FIXED, DOUBLE ->
            throw error("one value instead of a list");
      }
    }
    long[] elements = numbers.build().toArray();
    if (field.type == Type.VARINTS) {
      out.int64s(field.number, elements);
    } else if (elements.length > 0) {
      out.fixeds(field.number, elements);
    }
  }

  private void value(Field field, ProtoWriter out) throws IOException {
    int number = field.number;
    switch (field.type) {
      case MESSAGE ->
          out.message(
              number,
              inner -> {
                try {
                  message(field.message, inner);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      case STRING -> out.element(number, text());
      case BYTES -> {
        text();
        out.bytes(number, in.getBinaryValue());
      }
      case HEX -> out.bytes(number, hex());
      case BOOL -> out.varint(number, bool() ? 1 : 0);
      case VARINT -> out.varint(number, whole());
      case SINT -> out.sint64(number, whole());
      case TEMPORALITY -> out.varint(number, temporality());
      case FIXED -> out.fixed(number, whole());
      case DOUBLE -> out.fixed(number, Double.doubleToRawLongBits(number()));
      case VARINTS, FIXEDS, DOUBLES -> throw error("a list");
    }
  }

  private String text() throws IOException {
    if (in.currentToken() != JsonToken.VALUE_STRING) {
      throw error("a text");
    }
    return in.getText();
  }

  /* Reads a trace or span id, which is hexadecimal; all other bytes are base64. */
  private byte[] hex() throws IOException {
    try {
      return HexFormat.of().parseHex(text());
    } catch (IllegalArgumentException _) {
      throw error("hexadecimal digits, two for each byte");
    }
  }

  private boolean bool() throws IOException {
    return switch (in.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case null, default -> throw error("true or false");
    };
  }

  /* Reads a signed or unsigned number of 64 bits. It may be a string, because JavaScript's
   * numbers are not precise enough. */
  private long whole() throws IOException {
    if (in.currentToken() == JsonToken.VALUE_NUMBER_INT
        || in.currentToken() == JsonToken.VALUE_STRING) {
      String text = in.getText();
      try {
        return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
      } catch (NumberFormatException _) { // rejected below
      }
    }
    throw error("a whole number of 64 bits");
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
      } catch (NumberFormatException _) { // rejected below
      }
    }
    throw error("a number");
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

  private static Map<String, Field> request() {
    var messages = new HashMap<String, Map<String, Field>>();
    Map<String, Field> fields = Map.of();
    for (String word : SCHEMA.split("\\s+")) {
      String[] parts = word.split("[=:]");
      if (parts.length == 1) {
        fields = messages.computeIfAbsent(word, _ -> new HashMap<>());
      } else {
        boolean isMessage = Character.isUpperCase(parts[2].charAt(0));
        fields.put(
            parts[0],
            new Field(
                Integer.parseInt(parts[1]),
                isMessage ? Type.MESSAGE : Type.valueOf(parts[2].toUpperCase(Locale.ROOT)),
                isMessage ? messages.computeIfAbsent(parts[2], _ -> new HashMap<>()) : Map.of()));
      }
    }
    return requireNonNull(messages.get("Request"), "SCHEMA lacks the message Request");
  }
}
