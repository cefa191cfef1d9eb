package io.pharos.remote.write;

import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Parses the request messages of both versions. For a series with invalid labels, the result
/// contains the reason, so that the other series can be stored.
final class WriteRequestReader {
  private static final String NOT_UTF8 = "found a label that is not valid UTF-8";

  private WriteRequestReader() {}

  /// Parses a request.
  ///
  /// @throws ProtoReader.ProtobufException if the bytes are not a message of this version
  /// @throws RefusedException if the message violates the protocol
  static Request read(WriteVersion version, byte[] bytes) {
    return switch (version) {
      case V1 -> readV1(new ProtoReader(bytes));
      case V2 -> readV2(bytes);
    };
  }

  private static Request readV1(ProtoReader message) {
    var series = new ArrayList<Series>();
    var metadata = new ArrayList<ReceivedMetadata.Family>();
    while (message.next()) {
      switch (message.field()) {
        case 1 -> series.add(seriesV1(message.message()));
        case 3 -> metadata.add(metadataV1(message.message()));
        default -> {} // unknown fields are skipped
      }
    }
    return new Request(series, metadata);
  }

  private static Series seriesV1(ProtoReader message) {
    var pairs = new Pairs();
    var draft = new Draft();
    while (message.next()) {
      switch (message.field()) {
        case 1 -> label(message.message(), pairs::add);
        case 2 -> draft.sample(message.message());
        case 3 -> draft.exemplars.add(SentExemplar.readV1(message.message()));
        case 4 -> draft.histograms.add(HistogramMessage.Reader.read(message.message()));
        default -> {} // unknown fields are skipped
      }
    }
    return draft.series(pairs.labels(), Optional.empty());
  }

  private static ReceivedMetadata.Family metadataV1(ProtoReader message) {
    int type = 0;
    String family = "";
    String help = "";
    String unit = "";
    while (message.next()) {
      switch (message.field()) {
        case 1 -> type = message.int32();
        case 2 -> family = message.string();
        case 4 -> help = message.string();
        case 5 -> unit = message.string();
        default -> {} // unknown fields are skipped
      }
    }
    return new ReceivedMetadata.Family(family, ReceivedMetadata.Family.type(type), help, unit);
  }

  /* Symbols may come after the series that refer to them, so they are read first. */
  private static Request readV2(byte[] bytes) {
    var symbols = new ArrayList<Optional<String>>();
    for (var message = new ProtoReader(bytes); message.next(); ) {
      if (message.field() == 4) {
        symbols.add(message.utf8());
      }
    }
    if (!symbols.isEmpty() && !symbols.getFirst().equals(Optional.of(""))) {
      // Senders use reference 0 for "none". If symbol 0 is not empty, the other references may be
      // wrong too.
      throw RefusedException.malformed("expected the empty string as the first symbol");
    }
    var series = new ArrayList<Series>();
    for (var message = new ProtoReader(bytes); message.next(); ) {
      if (message.field() == 5) {
        series.add(seriesV2(message.message(), symbols));
      }
    }
    return new Request(series, List.of());
  }

  private static Series seriesV2(ProtoReader message, List<Optional<String>> symbols) {
    var refs = new ArrayList<Long>();
    var draft = new Draft();
    MetadataRefs metadata = new MetadataRefs(0, 0, 0);
    while (message.next()) {
      switch (message.field()) {
        case 1 -> message.int64s(refs::add);
        case 2 -> draft.sample(message.message());
        case 3 -> draft.histograms.add(HistogramMessage.Reader.read(message.message()));
        case 4 -> draft.exemplars.add(SentExemplar.readV2(message.message(), symbols));
        case 5 -> metadata = MetadataRefs.read(message.message());
        case 6 -> draft.created = message.int64();
        default -> {} // unknown fields are skipped
      }
    }
    SeriesLabels labels = labelsV2(refs, symbols);
    return switch (labels) {
      case SeriesLabels.Invalid _ -> draft.series(labels, Optional.empty());
      case SeriesLabels.Valid valid ->
          metadata.isInside(symbols.size())
              ? draft.series(labels, metadata.of(valid.labels().metricName(), symbols))
              : draft.series(
                  new SeriesLabels.Invalid(
                      "found metadata that refers outside of the symbols table of size "
                          + symbols.size()),
                  Optional.empty());
    };
  }

  private static SeriesLabels labelsV2(List<Long> refs, List<Optional<String>> symbols) {
    if (refs.size() % 2 != 0) {
      return new SeriesLabels.Invalid(
          "found " + refs.size() + " references to labels, expected pairs of name and value");
    }
    var pairs = new Pairs();
    for (int i = 0; i < refs.size(); i += 2) {
      long name = refs.get(i);
      long value = refs.get(i + 1);
      if (isOutside(name, symbols.size()) || isOutside(value, symbols.size())) {
        return new SeriesLabels.Invalid(
            "found references %s and %s, expected references within the symbols table of size %d"
                .formatted(
                    Long.toUnsignedString(name), Long.toUnsignedString(value), symbols.size()));
      }
      pairs.add(symbols.get((int) name), symbols.get((int) value));
    }
    return pairs.labels();
  }

  static boolean isOutside(long ref, int size) {
    return Long.compareUnsigned(ref, size) >= 0;
  }

  /// Reads a label of version 1, and passes its name and value to the consumer. Each of them is
  /// empty if it is not valid UTF-8.
  static void label(ProtoReader message, BiConsumer<Optional<String>, Optional<String>> consumer) {
    Optional<String> name = Optional.of("");
    Optional<String> value = Optional.of("");
    while (message.next()) {
      switch (message.field()) {
        case 1 -> name = message.utf8();
        case 2 -> value = message.utf8();
        default -> {} // unknown fields are skipped
      }
    }
    consumer.accept(name, value);
  }

  /* The metadata of a series. Help and unit are references to symbols; 0 means none. */
  private record MetadataRefs(int type, long help, long unit) {
    static MetadataRefs read(ProtoReader message) {
      int type = 0;
      long help = 0;
      long unit = 0;
      while (message.next()) {
        switch (message.field()) {
          case 1 -> type = message.int32();
          case 3 -> help = message.int64();
          case 4 -> unit = message.int64();
          default -> {} // unknown fields are skipped
        }
      }
      return new MetadataRefs(type, help, unit);
    }

    boolean isInside(int size) {
      return (help == 0 || !isOutside(help, size)) && (unit == 0 || !isOutside(unit, size));
    }

    Optional<ReceivedMetadata.Family> of(String metric, List<Optional<String>> symbols) {
      if (type == 0 && help == 0 && unit == 0) {
        return Optional.empty();
      }
      String word = ReceivedMetadata.Family.type(type);
      return Optional.of(
          new ReceivedMetadata.Family(
              ReceivedMetadata.Family.family(metric, word),
              word,
              text(help, symbols),
              text(unit, symbols)));
    }

    private static String text(long ref, List<Optional<String>> symbols) {
      return ref == 0 ? "" : symbols.get((int) ref).orElse("");
    }
  }

  /* The labels of a series, and the first problem found in them. */
  private static final class Pairs {
    private final Map<String, String> labels = new LinkedHashMap<>();
    private @Nullable String problem;

    void add(Optional<String> name, Optional<String> value) {
      if (name.isEmpty() || value.isEmpty()) {
        fail(NOT_UTF8);
      } else if (name.get().isEmpty()) {
        fail("found a label without a name");
      } else if (labels.put(name.get(), value.get()) != null) {
        fail("found duplicate label " + Quoted.of(name.get()));
      }
    }

    private void fail(String reason) {
      if (problem == null) {
        problem = reason;
      }
    }

    SeriesLabels labels() {
      Labels built = Labels.of(labels);
      if (problem == null && built.metricName().isEmpty()) {
        problem = "found no metric name";
      }
      return problem == null
          ? new SeriesLabels.Valid(built)
          : new SeriesLabels.Invalid(problem + " in " + built);
    }
  }

  /* Collects the fields of a series. */
  private static final class Draft {
    private long[] timestamps = new long[1];
    private double[] values = new double[1];
    private long[] starts = new long[1];

    /// Start time of the whole series. Only the first drafts of version 2 have this field.
    private long created;

    private int samples;
    private final List<HistogramMessage.Received> histograms = new ArrayList<>();
    private final List<SentExemplar> exemplars = new ArrayList<>();

    void sample(ProtoReader message) {
      if (samples == timestamps.length) {
        timestamps = Arrays.copyOf(timestamps, samples * 2);
        values = Arrays.copyOf(values, samples * 2);
        starts = Arrays.copyOf(starts, samples * 2);
      }
      timestamps[samples] = 0;
      values[samples] = 0;
      while (message.next()) {
        switch (message.field()) {
          case 1 -> values[samples] = message.float64();
          case 2 -> timestamps[samples] = message.int64();
          case 3 -> starts[samples] = message.int64();
          default -> {} // unknown fields are skipped
        }
      }
      samples++;
    }

    Series series(SeriesLabels labels, Optional<ReceivedMetadata.Family> metadata) {
      for (int i = 0; i < samples && created != 0; i++) {
        starts[i] = starts[i] == 0 ? created : starts[i];
      }
      return new Series(
          labels,
          Arrays.copyOf(timestamps, samples),
          Arrays.copyOf(values, samples),
          Arrays.copyOf(starts, samples),
          histograms.stream().map(one -> one.startingAt(created)).toList(),
          exemplars,
          metadata);
    }
  }

  /// A request of either version.
  ///
  /// @param metadata metadata of families, which version 1 sends separately from series
  record Request(List<Series> series, List<ReceivedMetadata.Family> metadata) {
    Request {
      series = List.copyOf(series);
      metadata = List.copyOf(metadata);
    }
  }

  /// Thrown if nothing of a request can be stored; contains the answer.
  static final class RefusedException extends RuntimeException {
    final transient WriteReceiver.Outcome outcome;

    private RefusedException(String message, WriteReceiver.Outcome outcome) {
      super(message);
      this.outcome = outcome;
    }

    static RefusedException unsupported(String reason) {
      return new RefusedException(reason, new WriteReceiver.Outcome.Unsupported(reason));
    }

    static RefusedException malformed(String reason) {
      return new RefusedException(reason, new WriteReceiver.Outcome.Malformed(reason));
    }
  }

  /// A series of a request with its samples.
  ///
  /// @param timestamps Unix milliseconds, one per value
  /// @param values the values; the bits of a NaN are not changed
  /// @param starts time since which each value counts, in Unix milliseconds; 0 if unknown
  record Series(
      SeriesLabels labels,
      long[] timestamps,
      double[] values,
      long[] starts,
      List<HistogramMessage.Received> histograms,
      List<SentExemplar> exemplars,
      Optional<ReceivedMetadata.Family> metadata) {
    Series {
      if (timestamps.length != values.length) {
        throw new IllegalArgumentException(
            "found " + timestamps.length + " timestamps for " + values.length + " values");
      }
      histograms = List.copyOf(histograms);
      exemplars = List.copyOf(exemplars);
    }
  }

  /// The labels of a series as sent, or the reason why they are invalid.
  sealed interface SeriesLabels {
    record Valid(Labels labels) implements SeriesLabels {}

    record Invalid(String reason) implements SeriesLabels {}
  }

  /// An exemplar of a series, or the reason why it is invalid.
  sealed interface SentExemplar {
    /// A valid exemplar.
    ///
    /// @param timestampMillis Unix milliseconds, 0 for none
    record Valid(Labels labels, double value, long timestampMillis) implements SentExemplar {}

    /// An invalid exemplar.
    record Invalid(String reason) implements SentExemplar {}

    /// Reads an exemplar of version 1.
    static SentExemplar readV1(ProtoReader message) {
      var texts = new ArrayList<Optional<String>>();
      double value = 0;
      long time = 0;
      while (message.next()) {
        switch (message.field()) {
          case 1 ->
              label(
                  message.message(),
                  (name, text) -> {
                    texts.add(name);
                    texts.add(text);
                  });
          case 2 -> value = message.float64();
          case 3 -> time = message.int64();
          default -> {} // unknown fields are skipped
        }
      }
      return of(texts, value, time);
    }

    /// Reads an exemplar of version 2.
    static SentExemplar readV2(ProtoReader message, List<Optional<String>> symbols) {
      var texts = new ArrayList<Optional<String>>();
      var invalidRefs = new ArrayList<Long>();
      double value = 0;
      long time = 0;
      while (message.next()) {
        switch (message.field()) {
          case 1 ->
              message.int64s(
                  ref -> {
                    if (isOutside(ref, symbols.size())) {
                      invalidRefs.add(ref);
                    } else {
                      texts.add(symbols.get((int) ref));
                    }
                  });
          case 2 -> value = message.float64();
          case 3 -> time = message.int64();
          default -> {} // unknown fields are skipped
        }
      }
      return invalidRefs.isEmpty()
          ? of(texts, value, time)
          : new Invalid(
              "found reference %s, expected one within the symbols table of size %d"
                  .formatted(Long.toUnsignedString(invalidRefs.getFirst()), symbols.size()));
    }

    /// Creates an exemplar if its labels are valid.
    ///
    /// @param texts alternating names and values of labels; an element is empty if it is not UTF-8
    private static SentExemplar of(List<Optional<String>> texts, double value, long time) {
      if (texts.size() % 2 != 0) {
        return new Invalid(
            "found " + texts.size() + " references, expected pairs of name and value");
      }
      Set<String> seen = new HashSet<>();
      for (int i = 0; i < texts.size(); i++) {
        if (texts.get(i).isEmpty()) {
          return new Invalid("found a label that is not valid UTF-8");
        }
        if (i % 2 == 0 && (texts.get(i).get().isEmpty() || !seen.add(texts.get(i).get()))) {
          return new Invalid("found a label without a name, or a duplicate label");
        }
      }
      String[] pairs = texts.stream().map(text -> text.orElse("")).toArray(String[]::new);
      return new Valid(Labels.of(pairs), value, time);
    }
  }
}
