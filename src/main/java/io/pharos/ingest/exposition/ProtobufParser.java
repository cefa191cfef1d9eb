package io.pharos.ingest.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Parses a body of length-prefixed `io.prometheus.client.MetricFamily` messages
/// (github.com/prometheus/client_model). Reused; not thread-safe.
///
/// Unknown fields are skipped. A timestamp of 0 counts as no timestamp.
final class ProtobufParser {
  private enum Type {
    COUNTER("counter", 3),
    GAUGE("gauge", 2),
    SUMMARY("summary", 4),
    UNTYPED("unknown", 5),
    HISTOGRAM("histogram", 7),
    GAUGE_HISTOGRAM("gaugehistogram", 7);

    private static final Type[] ALL = values();

    private final String text;
    private final int field;

    /// @param field number of the field with the value in the `Metric` message
    Type(String text, int field) {
      this.text = text;
      this.field = field;
    }
  }

  private static final int LABEL = 1;
  private static final int TIMESTAMP = 6;
  private static final int MAX_CACHED_NUMBERS = 20_000;
  private static final byte[] LE = "le".getBytes(UTF_8);
  private static final byte[] QUANTILE = "quantile".getBytes(UTF_8);

  private final ProtobufReader families = new ProtobufReader();
  private final ProtobufReader metrics = new ProtobufReader();
  private final ProtobufReader values = new ProtobufReader();
  private final ProtobufHistogram histogram = new ProtobufHistogram();
  private final CustomBuckets.Classic classic = new CustomBuckets.Classic();
  private final Exemplars exemplars = new Exemplars();
  private final Map<Double, byte[]> numbers = new HashMap<>();
  private final SeriesText texts;
  private final RawText line;
  private byte[] body = new byte[0];
  private PageParser.HistogramReading histograms = PageParser.HistogramReading.CLASSIC;
  private Type type = Type.COUNTER;
  private byte[] name = {};
  private byte[] countName = {};
  private byte[] sumName = {};
  private byte[] bucketName = {};

  ProtobufParser(LabelParser labels) {
    texts = new SeriesText(labels);
    line = new RawText(labels);
  }

  /// Parses the first `length` bytes of a body, see [PageParser#parse].
  void parse(byte[] newBody, int length, PageParser.HistogramReading newHistograms, SampleSink sink)
      throws ExpositionException {
    body = newBody;
    histograms = newHistograms;
    for (int position = 0; position < length; ) {
      /* The body is a sequence of lengths, each followed by that many bytes, like bytes fields
       * without tags. */
      families.begin(body, position, length);
      int from = families.delimited();
      position = families.position();
      family(from, position, sink);
    }
  }

  private void family(int from, int to, SampleSink sink) throws ExpositionException {
    byte[] help = {};
    byte[] unit = {};
    long typeNumber = 0;
    boolean empty = true;
    name = new byte[0];
    families.begin(body, from, to);
    while (families.next()) {
      switch (families.field) {
        case 1 -> name = text(families);
        case 2 -> help = text(families);
        case 3 -> typeNumber = families.varint();
        case 4 -> {
          families.bytes();
          empty = false;
        }
        case 5 -> unit = text(families);
        default -> families.skip();
      }
    }
    if (empty) {
      return;
    }
    if (name.length == 0) {
      throw ExpositionException.atByte(from, "found a metric family without a name");
    }
    String family = decode(from, name, "name");
    if (typeNumber < 0 || typeNumber >= Type.ALL.length) {
      throw ExpositionException.atByte(
              from, "found metric type " + typeNumber + ", expected 0 to " + (Type.ALL.length - 1))
          .in(family);
    }
    type = Type.ALL[(int) typeNumber];
    metadata(from, family, help, unit, sink);
    countName = suffixed("_count");
    sumName = suffixed("_sum");
    bucketName = suffixed("_bucket");
    families.begin(body, from, to);
    try {
      while (families.next()) {
        if (families.field == 4) {
          metric(families.bytes(), families.position(), sink);
        } else {
          families.skip();
        }
      }
    } catch (ExpositionException e) {
      throw e.in(family);
    }
  }

  private byte[] text(ProtobufReader reader) throws ExpositionException {
    int from = reader.bytes();
    return Arrays.copyOfRange(body, from, reader.position());
  }

  private byte[] suffixed(String suffix) {
    byte[] suffixed = Arrays.copyOf(name, name.length + suffix.length());
    for (int i = 0; i < suffix.length(); i++) {
      suffixed[name.length + i] = (byte) suffix.charAt(i);
    }
    return suffixed;
  }

  private static String decode(int position, byte[] text, String subject)
      throws ExpositionException {
    return ProtobufReader.decode(text, 0, text.length, position, subject);
  }

  private void metadata(int position, String family, byte[] help, byte[] unit, SampleSink sink)
      throws ExpositionException {
    String unitText = decode(position, unit, "unit");
    String base =
        type == Type.COUNTER && family.endsWith("_total")
            ? family.substring(0, family.length() - "_total".length())
            : family;
    if (!unitText.isEmpty() && !base.endsWith("_" + unitText)) {
      throw ExpositionException.atByte(
              position, "found unit " + unitText + ", expected a suffix of the name")
          .in(family);
    }
    pass(SampleSink.MetadataKind.HELP, family, decode(position, help, "help text"), sink);
    pass(SampleSink.MetadataKind.TYPE, family, type.text, sink);
    if (!unitText.isEmpty()) {
      pass(SampleSink.MetadataKind.UNIT, family, unitText, sink);
    }
  }

  /* The sink recognizes known metadata by the text of its line, so the text of a line is created
   * here. */
  private void pass(SampleSink.MetadataKind kind, String family, String text, SampleSink sink) {
    byte[] bytes = (kind + " " + family + " " + text).getBytes(UTF_8);
    line.set(bytes, 0, bytes.length, bytes.length);
    if (sink.wants(line)) {
      sink.metadata(kind, family, text);
    }
  }

  private void metric(int from, int to, SampleSink sink) throws ExpositionException {
    long timestamp = 0;
    int valueFrom = -1;
    int valueTo = -1;
    texts.clear();
    metrics.begin(body, from, to);
    while (metrics.next()) {
      int field = metrics.field;
      if (field == LABEL) {
        label(metrics.bytes(), metrics.position());
      } else if (field == TIMESTAMP) {
        timestamp = metrics.varint();
      } else if (field == type.field) {
        valueFrom = metrics.bytes();
        valueTo = metrics.position();
      } else {
        metrics.skip();
      }
    }
    if (valueFrom < 0) {
      throw ExpositionException.atByte(from, "found a metric without its " + type.text);
    }
    long explicit = timestamp == 0 ? SampleSink.NO_TIMESTAMP : timestamp;
    switch (type) {
      case GAUGE, UNTYPED -> sink.sample(texts.series(name), value(valueFrom, valueTo), explicit);
      case COUNTER -> counter(valueFrom, valueTo, explicit, sink);
      case SUMMARY -> summary(valueFrom, valueTo, explicit, sink);
      case HISTOGRAM, GAUGE_HISTOGRAM -> histogram(valueFrom, valueTo, explicit, sink);
    }
  }

  private void label(int from, int to) throws ExpositionException {
    int nameFrom = from;
    int nameTo = from;
    int valueFrom = from;
    int valueTo = from;
    values.begin(body, from, to);
    while (values.next()) {
      switch (values.field) {
        case 1 -> {
          nameFrom = values.bytes();
          nameTo = values.position();
        }
        case 2 -> {
          valueFrom = values.bytes();
          valueTo = values.position();
        }
        default -> values.skip();
      }
    }
    texts.label(body, nameFrom, nameTo, valueFrom, valueTo);
  }

  private void counter(int from, int to, long timestamp, SampleSink sink)
      throws ExpositionException {
    sink.sample(texts.series(name), value(from, to), timestamp);
    values.begin(body, from, to);
    while (values.next()) {
      switch (values.field) {
        case 2 -> exemplars.read(body, values.bytes(), values.position(), false, sink);
        case 3 -> created(values.timestampMillis(), sink);
        default -> values.skip();
      }
    }
  }

  private double value(int from, int to) throws ExpositionException {
    double value = 0;
    values.begin(body, from, to);
    while (values.next()) {
      if (values.field == 1) {
        value = values.float64();
      } else {
        values.skip();
      }
    }
    return value;
  }

  /// Passes the creation time of the last sample to the sink, if it is known.
  private static void created(long millis, SampleSink sink) {
    if (millis != 0) {
      sink.start(millis);
    }
  }

  private void summary(int from, int to, long timestamp, SampleSink sink)
      throws ExpositionException {
    double count = 0;
    double sum = 0;
    long created = 0;
    values.begin(body, from, to);
    while (values.next()) {
      switch (values.field) {
        case 1 -> count = ProtoReader.unsigned(values.varint());
        case 2 -> sum = values.float64();
        case 4 -> created = values.timestampMillis();
        default -> values.skip();
      }
    }
    sink.sample(texts.series(countName), count, timestamp);
    created(created, sink);
    sink.sample(texts.series(sumName), sum, timestamp);
    created(created, sink);
    var quantiles = new ProtobufReader();
    quantiles.begin(body, from, to);
    while (quantiles.next()) {
      if (quantiles.field == 3) {
        quantile(quantiles.bytes(), quantiles.position(), timestamp, sink);
      } else {
        quantiles.skip();
      }
    }
  }

  private void quantile(int from, int to, long timestamp, SampleSink sink)
      throws ExpositionException {
    double quantile = 0;
    double value = 0;
    values.begin(body, from, to);
    while (values.next()) {
      switch (values.field) {
        case 1 -> quantile = values.float64();
        case 2 -> value = values.float64();
        default -> values.skip();
      }
    }
    sink.sample(texts.series(name, QUANTILE, number(quantile)), value, timestamp);
  }

  private void histogram(int from, int to, long timestamp, SampleSink sink)
      throws ExpositionException {
    histogram.read(body, from, to);
    if (histograms.natives() && histogram.isNative()) {
      ResetHint hint = type == Type.GAUGE_HISTOGRAM ? ResetHint.GAUGE : ResetHint.UNKNOWN;
      sink.histogram(texts.series(name), histogram.toNative(hint), timestamp);
      created(histogram.created, sink);
      nativeExemplars(sink);
      if (histograms.classicToo() && histogram.classicBuckets() > 0) {
        classic(timestamp, sink);
      }
      return;
    }
    Histogram customBuckets =
        histograms.customBuckets() && type == Type.HISTOGRAM ? customBuckets() : null;
    if (customBuckets != null) {
      sink.histogram(texts.series(name), customBuckets, timestamp);
      created(histogram.created, sink);
      bucketExemplars(sink);
    }
    if (customBuckets == null || histograms.classicToo()) {
      classic(timestamp, sink);
    }
  }

  /// Passes the exemplars of the native histogram to the sink. If it has none, passes the exemplars
  /// of its classic buckets.
  private void nativeExemplars(SampleSink sink) throws ExpositionException {
    for (int i = 0; i < histogram.exemplars(); i++) {
      exemplars.read(
          body, histogram.nativeExemplarFrom(i), histogram.nativeExemplarTo(i), true, sink);
    }
    if (histogram.exemplars() == 0) {
      bucketExemplars(sink);
    }
  }

  private void bucketExemplars(SampleSink sink) throws ExpositionException {
    for (int i = 0; i < histogram.classicBuckets(); i++) {
      bucketExemplar(i, true, sink);
    }
  }

  private void bucketExemplar(int i, boolean timedOnly, SampleSink sink)
      throws ExpositionException {
    if (histogram.exemplarTo(i) > histogram.exemplarFrom(i)) {
      exemplars.read(body, histogram.exemplarFrom(i), histogram.exemplarTo(i), timedOnly, sink);
    }
  }

  private @Nullable Histogram customBuckets() {
    classic.clear();
    classic.count(histogram.count());
    classic.sum(histogram.sum);
    for (int i = 0; i < histogram.classicBuckets(); i++) {
      classic.bucket(histogram.bound(i), histogram.cumulativeCount(i));
    }
    return classic.convert();
  }

  private void classic(long timestamp, SampleSink sink) throws ExpositionException {
    sink.sample(texts.series(countName), histogram.count(), timestamp);
    created(histogram.created, sink);
    sink.sample(texts.series(sumName), histogram.sum, timestamp);
    created(histogram.created, sink);
    boolean hasInfinity = false;
    for (int i = 0; i < histogram.classicBuckets(); i++) {
      double bound = histogram.bound(i);
      hasInfinity |= bound == Double.POSITIVE_INFINITY;
      sink.sample(
          texts.series(bucketName, LE, number(bound)), histogram.cumulativeCount(i), timestamp);
      created(histogram.created, sink);
      bucketExemplar(i, false, sink);
    }
    if (!hasInfinity) {
      sink.sample(
          texts.series(bucketName, LE, number(Double.POSITIVE_INFINITY)),
          histogram.count(),
          timestamp);
      created(histogram.created, sink);
    }
  }

  /// Returns a number in OpenMetrics' form, so that the label value is the same in all formats:
  /// `1.0`, `0.5`, `1e+06`, `+Inf`.
  private byte[] number(double value) {
    if (numbers.size() >= MAX_CACHED_NUMBERS) {
      numbers.clear();
    }
    return numbers.computeIfAbsent(
        value,
        key -> {
          /* Negative zero becomes 0.0 too. */
          String text = GoFloat.general(key == 0 ? 0 : key);
          boolean integer = Double.isFinite(key) && !text.contains(".") && !text.contains("e");
          return (integer ? text + ".0" : text).getBytes(UTF_8);
        });
  }

  /// Reads `Exemplar` messages and passes them to a sink. Reused; not thread-safe.
  static final class Exemplars {
    private final ProtobufReader message = new ProtobufReader();
    private final ProtobufReader inner = new ProtobufReader();

    /// @param timedOnly whether to skip exemplars without a time. The exemplars of a native
    ///   histogram need times, because otherwise they can't be distinguished from those of the
    ///   previous scrape
    void read(byte[] body, int from, int to, boolean timedOnly, SampleSink sink)
        throws ExpositionException {
      var labels = Labels.builder();
      double value = 0;
      long time = SampleSink.NO_TIMESTAMP;
      message.begin(body, from, to);
      while (message.next()) {
        switch (message.field) {
          case 1 -> label(body, message.bytes(), message.position(), labels);
          case 2 -> value = message.float64();
          case 3 -> time = message.timestampMillis();
          default -> message.skip();
        }
      }
      if (!timedOnly || time != SampleSink.NO_TIMESTAMP) {
        sink.exemplar(labels.build(), value, time);
      }
    }

    private void label(byte[] body, int from, int to, Labels.Builder labels)
        throws ExpositionException {
      String name = "";
      String value = "";
      inner.begin(body, from, to);
      while (inner.next()) {
        switch (inner.field) {
          case 1 -> name = inner.text("label of an exemplar");
          case 2 -> value = inner.text("label of an exemplar");
          default -> inner.skip();
        }
      }
      if (name.isEmpty()) {
        throw ExpositionException.atByte(from, "found a label of an exemplar without a name");
      }
      labels.set(name, value);
    }
  }
}
