package io.pharos.ingest.exposition;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Receives the contents of a page from a [PageParser], in order.
@FunctionalInterface
public interface SampleSink {
  /// Replaces the timestamp of a sample that has none.
  long NO_TIMESTAMP = Long.MIN_VALUE;

  /// Receives a sample.
  ///
  /// @param series the series' text; valid only during the call
  /// @param value the value; a NaN has the bits that Go's parser produces
  /// @param timestampMillis Unix milliseconds, or [#NO_TIMESTAMP]
  /// @throws ExpositionException if the sink parses the labels, and they are not well-formed
  void sample(RawText series, double value, long timestampMillis) throws ExpositionException;

  /// Returns the text of the series that is probably next, because it followed the last series on
  /// the previous page; null if unknown. If that series is next, the parser need not search for its
  /// end, and the sink need not look it up.
  ///
  /// @return the text of an earlier, well-formed [RawText]; valid until the next call
  default @Nullable CachedText expected() {
    return null;
  }

  /// Receives a sample of the series that [#expected] returned.
  default void expectedSample(double value, long timestampMillis) throws ExpositionException {
    throw new IllegalStateException("expected() returned no series");
  }

  /// Receives a native histogram; the parameters are those of [#sample]. A sink must override this
  /// method if the parser reads native histograms.
  default void histogram(RawText series, Histogram histogram, long timestampMillis)
      throws ExpositionException {
    throw new IllegalStateException("this sink does not support native histograms: " + series);
  }

  /// Receives the creation time of the last sample or histogram. Ignored by default.
  ///
  /// @param startMillis Unix milliseconds
  default void start(long startMillis) {}

  /// Receives an exemplar of the last sample or histogram; a histogram may have several. Ignored by
  /// default.
  ///
  /// @param timestampMillis Unix milliseconds, or [#NO_TIMESTAMP]
  default void exemplar(Labels labels, double value, long timestampMillis) {}

  /// Returns whether the parser must parse a metadata line and pass it to [#metadata]. A sink
  /// recognizes lines that it already received by their raw text. False by default.
  ///
  /// @param line the line without its end; valid only during the call
  default boolean wants(RawText line) {
    return false;
  }

  /// Receives a metadata line after [#wants] returned true.
  ///
  /// @param metric name of the metric family
  /// @param text the type, the unescaped help text, or the unit
  default void metadata(MetadataKind kind, String metric, String text) {}

  /// Kind of a metadata line.
  enum MetadataKind {
    /// `# HELP`
    HELP,
    /// `# TYPE`
    TYPE,
    /// `# UNIT`, in OpenMetrics only
    UNIT
  }
}
