package io.pharos.ingest.exposition;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Receives the contents of a page from a [PageParser], in order.
@FunctionalInterface
public interface SampleSink {
  /// Stands for the timestamp if a sample has none.
  long NO_TIMESTAMP = Long.MIN_VALUE;

  /// Receives a sample.
  ///
  /// @param series the series' text; valid only during the call
  /// @param value the value; a NaN has the bits that Go's parser produces
  /// @param timestampMillis Unix milliseconds, or [#NO_TIMESTAMP]
  /// @throws ExpositionException if the sink parses the labels and they are not well-formed
  void sample(RawText series, double value, long timestampMillis) throws ExpositionException;

  /// Returns the text of the series that is probably next, because it followed the last one on the
  /// previous page; null if unknown. If it is next, the parser need not search for its end, and the
  /// sink need not look it up.
  ///
  /// @return the text of an earlier, well-formed [RawText]; valid until the next call
  default @Nullable CachedText expected() {
    return null;
  }

  /// Receives a sample of the series that [#expected] returned.
  default void expectedSample(double value, long timestampMillis) throws ExpositionException {
    throw new IllegalStateException("nothing was expected");
  }

  /// Receives a native histogram, like [#sample]. A sink for which native histograms are read must
  /// override this method.
  default void histogram(RawText series, Histogram histogram, long timestampMillis)
      throws ExpositionException {
    throw new IllegalStateException("a native histogram for a sink of floats: " + series);
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

  /// Whether the parser must parse a metadata line and pass it on. A sink recognizes lines that it
  /// already knows by their raw text. False by default.
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
