package io.pharos.remote.otlp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.model.Labels;
import io.pharos.remote.otlp.OtlpMetric.Kind;
import io.pharos.remote.otlp.OtlpMetric.Temporality;
import io.pharos.storage.Exemplar;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.DoubleStream;

/// Reads `ExportMetricsServiceRequest` (opentelemetry-proto, metrics v1). Skips fields that are
/// unknown or not used.
final class OtlpReader {
  private static final int MAX_DEPTH = 10;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final HexFormat HEX = HexFormat.of();

  /// Reads the resources of a request.
  ///
  /// @throws ProtoReader.ProtobufException if the bytes are not such a request
  List<Resource> read(byte[] bytes) {
    var resources = new ArrayList<Resource>();
    for (var message = new ProtoReader(bytes); message.next(); ) {
      if (message.field() == 1) {
        resources.add(resource(message.message()));
      }
    }
    return resources;
  }

  private Resource resource(ProtoReader message) {
    SortedMap<String, String> attributes = new TreeMap<>();
    var metrics = new ArrayList<OtlpMetric>();
    while (message.next()) {
      switch (message.field()) {
        case 1 -> {
          for (ProtoReader resource = message.message(); resource.next(); ) {
            if (resource.field() == 1) {
              attribute(resource.message(), attributes);
            }
          }
        }
        case 2 -> {
          for (ProtoReader scope = message.message(); scope.next(); ) {
            if (scope.field() == 2) {
              metrics.add(metric(scope.message()));
            }
          }
        }
        default -> {} // other fields are skipped
      }
    }
    return new Resource(attributes, metrics);
  }

  private OtlpMetric metric(ProtoReader message) {
    String name = "";
    String description = "";
    String unit = "";
    Data data = new Data(Kind.GAUGE);
    while (message.next()) {
      switch (message.field()) {
        case 1 -> name = message.string();
        case 2 -> description = message.string();
        case 3 -> unit = message.string();
        case 5 -> data = data(message.message(), Kind.GAUGE, this::number);
        case 7 -> data = data(message.message(), Kind.UP_DOWN, this::number);
        case 9 -> data = data(message.message(), Kind.HISTOGRAM, this::explicit);
        case 10 -> data = data(message.message(), Kind.EXPONENTIAL, this::exponential);
        case 11 -> data = data(message.message(), Kind.SUMMARY, this::summary);
        default -> {} // other fields are skipped
      }
    }
    return new OtlpMetric(name, description, unit, data.kind(), data.temporality, data.points);
  }

  /* The points of a metric, and their temporality. */
  private static final class Data {
    private final Kind kind;
    private final List<OtlpPoint> points = new ArrayList<>();
    private Temporality temporality = Temporality.CUMULATIVE;
    private boolean monotonic;

    Data(Kind kind) {
      this.kind = kind;
    }

    Kind kind() {
      return kind == Kind.UP_DOWN && monotonic ? Kind.COUNTER : kind;
    }
  }

  private static Data data(ProtoReader message, Kind kind, Function<ProtoReader, OtlpPoint> point) {
    var data = new Data(kind);
    boolean hasTemporality = kind != Kind.GAUGE && kind != Kind.SUMMARY;
    if (hasTemporality) {
      data.temporality = Temporality.UNSPECIFIED;
    }
    while (message.next()) {
      switch (message.field()) {
        case 1 -> data.points.add(point.apply(message.message()));
        case 2 -> {
          if (hasTemporality) {
            data.temporality =
                switch (message.int32()) {
                  case 1 -> Temporality.DELTA;
                  case 2 -> Temporality.CUMULATIVE;
                  default -> Temporality.UNSPECIFIED;
                };
          }
        }
        case 3 -> data.monotonic = kind == Kind.UP_DOWN && message.int64() != 0;
        default -> {} // other fields are skipped
      }
    }
    return data;
  }

  /* Collects the fields that all kinds of points have; their field numbers depend on the kind. */
  private static final class CommonFields {
    private final int attributesField;
    private final int exemplarsField;
    private final int flagsField;
    private final SortedMap<String, String> attributes = new TreeMap<>();
    private final List<ProtoReader> exemplars = new ArrayList<>();
    private long start;
    private long time;
    private long flags;

    /// Creates a collector for a kind of points with these field numbers.
    ///
    /// @param exemplarsField 0 for a kind without exemplars
    CommonFields(int attributesField, int exemplarsField, int flagsField) {
      this.attributesField = attributesField;
      this.exemplarsField = exemplarsField;
      this.flagsField = flagsField;
    }

    void read(ProtoReader message) {
      int field = message.field();
      if (field == 2) {
        start = message.fixed();
      } else if (field == 3) {
        time = message.fixed();
      } else if (field == attributesField) {
        attribute(message.message(), attributes);
      } else if (field == exemplarsField) {
        exemplars.add(message.message());
      } else if (field == flagsField) {
        flags = message.int64();
      }
    }

    OtlpPoint.Common finish() {
      return new OtlpPoint.Common(
          attributes,
          time,
          (flags & 1) != 0,
          start,
          exemplars.stream().map(one -> exemplar(one, time)).toList());
    }
  }

  private OtlpPoint number(ProtoReader message) {
    var common = new CommonFields(7, 5, 8);
    double value = 0;
    while (message.next()) {
      switch (message.field()) {
        case 4 -> value = message.float64();
        case 6 -> value = (double) message.fixed();
        default -> common.read(message);
      }
    }
    return new OtlpPoint.Number(common.finish(), value);
  }

  private OtlpPoint explicit(ProtoReader message) {
    var common = new CommonFields(9, 8, 10);
    var bounds = DoubleStream.builder();
    var counts = DoubleStream.builder();
    OptionalDouble sum = OptionalDouble.empty();
    double count = 0;
    while (message.next()) {
      switch (message.field()) {
        case 4 -> count = ProtoReader.unsigned(message.fixed());
        case 5 -> sum = OptionalDouble.of(message.float64());
        case 6 -> message.fixeds(bits -> counts.add(ProtoReader.unsigned(bits)));
        case 7 -> message.float64s(bounds);
        default -> common.read(message);
      }
    }
    return new OtlpPoint.Explicit(
        common.finish(), count, sum, bounds.build().toArray(), counts.build().toArray());
  }

  private OtlpPoint exponential(ProtoReader message) {
    var common = new CommonFields(1, 11, 10);
    OptionalDouble sum = OptionalDouble.empty();
    OtlpPoint.Side positive = OtlpPoint.Side.NONE;
    OtlpPoint.Side negative = OtlpPoint.Side.NONE;
    double count = 0;
    double zeroCount = 0;
    double zeroThreshold = 0;
    int scale = 0;
    while (message.next()) {
      switch (message.field()) {
        case 4 -> count = ProtoReader.unsigned(message.fixed());
        case 5 -> sum = OptionalDouble.of(message.float64());
        case 6 -> scale = (int) message.sint64();
        case 7 -> zeroCount = ProtoReader.unsigned(message.fixed());
        case 8 -> positive = side(message.message());
        case 9 -> negative = side(message.message());
        case 14 -> zeroThreshold = message.float64();
        default -> common.read(message);
      }
    }
    return new OtlpPoint.Exponential(
        common.finish(), scale, count, sum, zeroThreshold, zeroCount, positive, negative);
  }

  private static OtlpPoint.Side side(ProtoReader message) {
    int offset = 0;
    var counts = DoubleStream.builder();
    while (message.next()) {
      switch (message.field()) {
        case 1 -> offset = (int) message.sint64();
        case 2 -> message.int64s(bits -> counts.add(ProtoReader.unsigned(bits)));
        default -> {} // other fields are skipped
      }
    }
    return new OtlpPoint.Side(offset, counts.build().toArray());
  }

  private OtlpPoint summary(ProtoReader message) {
    var common = new CommonFields(7, 0, 8);
    Map<Double, Double> quantiles = new LinkedHashMap<>();
    double count = 0;
    double sum = 0;
    while (message.next()) {
      switch (message.field()) {
        case 4 -> count = ProtoReader.unsigned(message.fixed());
        case 5 -> sum = message.float64();
        case 6 -> quantile(message.message(), quantiles);
        default -> common.read(message);
      }
    }
    return new OtlpPoint.Summary(common.finish(), count, sum, quantiles);
  }

  private static void quantile(ProtoReader message, Map<Double, Double> quantiles) {
    double quantile = 0;
    double value = 0;
    while (message.next()) {
      switch (message.field()) {
        case 1 -> quantile = message.float64();
        case 2 -> value = message.float64();
        default -> {} // other fields are skipped
      }
    }
    quantiles.put(quantile, value);
  }

  private static Exemplar exemplar(ProtoReader message, long pointTime) {
    SortedMap<String, String> attributes = new TreeMap<>();
    String trace = "";
    String span = "";
    long time = 0;
    double value = 0;
    while (message.next()) {
      switch (message.field()) {
        case 2 -> time = message.fixed();
        case 3 -> value = message.float64();
        case 4 -> span = id(message.bytes());
        case 5 -> trace = id(message.bytes());
        case 6 -> value = (double) message.fixed();
        case 7 -> attribute(message.message(), attributes);
        default -> {} // other fields are skipped
      }
    }
    var ids = Labels.builder().set("trace_id", trace).set("span_id", span);
    attributes.remove("");
    attributes.forEach(ids::set);
    boolean timed = time != 0;
    long millis = (timed ? time : pointTime) / 1_000_000;
    var exemplar = new Exemplar(ids.build(), value, millis, timed);
    if (!exemplar.isTooLong()) {
      return exemplar;
    }
    // If the labels are too long, only the ids of the trace and the span are stored. The other
    // attributes can be found in the trace.
    Labels onlyIds = Labels.of("trace_id", trace, "span_id", span);
    return new Exemplar(onlyIds, value, millis, timed);
  }

  /* Returns an id in hexadecimal digits; empty if all bytes are zero, which means no id. */
  private static String id(byte[] bytes) {
    for (byte one : bytes) {
      if (one != 0) {
        return HEX.formatHex(bytes);
      }
    }
    return "";
  }

  private static void attribute(ProtoReader message, Map<String, String> attributes) {
    pair(message, 0, (key, value) -> attributes.put(key, text(value)));
  }

  private static void pair(ProtoReader message, int depth, BiConsumer<String, JsonNode> consumer) {
    String key = "";
    JsonNode value = JSON.nullNode();
    while (message.next()) {
      switch (message.field()) {
        case 1 -> key = message.string();
        case 2 -> value = value(message.message(), depth);
        default -> {} // other fields are skipped
      }
    }
    consumer.accept(key, value);
  }

  /* Returns an attribute value as text; lists and maps become JSON. */
  private static String text(JsonNode value) {
    return value.isContainerNode() ? value.toString() : value.isNull() ? "" : plain(value);
  }

  private static String plain(JsonNode value) {
    if (value.isDouble()) {
      double number = value.doubleValue();
      boolean whole = number == Math.rint(number) && Math.abs(number) < 1e15;
      return whole ? Long.toString((long) number) : Double.toString(number);
    }
    return value.asText();
  }

  private static JsonNode value(ProtoReader message, int depth) {
    if (depth == MAX_DEPTH) {
      return JSON.nullNode();
    }
    JsonNode value = JSON.nullNode();
    while (message.next()) {
      switch (message.field()) {
        case 1 -> value = JSON.textNode(message.string());
        case 2 -> value = JSON.booleanNode(message.int64() != 0);
        case 3 -> value = JSON.numberNode(message.int64());
        case 4 -> value = JSON.numberNode(message.float64());
        case 5 -> {
          var list = JSON.arrayNode();
          for (ProtoReader items = message.message(); items.next(); ) {
            if (items.field() == 1) {
              list.add(value(items.message(), depth + 1));
            }
          }
          value = list;
        }
        case 6 -> {
          var object = JSON.objectNode();
          for (ProtoReader items = message.message(); items.next(); ) {
            if (items.field() == 1) {
              pair(items.message(), depth + 1, object::set);
            }
          }
          value = object;
        }
        case 7 -> value = JSON.binaryNode(message.bytes());
        default -> {} // other fields are skipped
      }
    }
    return value;
  }

  /// A resource that sent metrics. `attributes` are names and values as text.
  record Resource(SortedMap<String, String> attributes, List<OtlpMetric> metrics) {
    Resource {
      metrics = List.copyOf(metrics);
    }
  }
}
