package io.pharos.ingest.exposition;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Receives what a [PageParser] reads, in the order of the body.
@FunctionalInterface
public interface SampleSink {
  /// The timestamp of a sample that carries none.
  long NO_TIMESTAMP = Long.MIN_VALUE;

  /// One sample.
  ///
  /// @param series the series as written; valid during the call only
  /// @param value the value, with the bits of a NaN as Go's parser gives them
  /// @param timestampMillis Unix milliseconds, or [#NO_TIMESTAMP]
  /// @throws ExpositionException when the sink asks for the labels and they are not well-formed
  void sample(RawText series, double value, long timestampMillis) throws ExpositionException;

  /// The text of the series that the sink expects next, by what followed the last one in a body
  /// before; null where it does not know. A parser that finds it need not look for its end, and the
  /// sink not for what it knows of it.
  ///
  /// @return what [RawText] once was, and had labels; looked at before the next call
  default @Nullable CachedText expected() {
    return null;
  }

  /// As [#sample], of the series that [#expected] gave.
  default void expectedSample(double value, long timestampMillis) throws ExpositionException {
    throw new IllegalStateException("nothing was expected");
  }

  /// One native histogram, under the same terms as a float. It is refused unless overridden: who
  /// asks for native histograms takes them.
  default void histogram(RawText series, Histogram histogram, long timestampMillis)
      throws ExpositionException {
    throw new IllegalStateException("a native histogram for a sink of floats: " + series);
  }

  /// From when on the sample or histogram that was given last counts. Left out unless overridden.
  ///
  /// @param startMillis Unix milliseconds
  default void start(long startMillis) {}

  /// An exemplar of the sample or histogram that was given last; a histogram may have several. They
  /// are left out unless overridden.
  ///
  /// @param timestampMillis Unix milliseconds, or [#NO_TIMESTAMP]
  default void exemplar(Labels labels, double value, long timestampMillis) {}

  /// Whether the sink wants a line of metadata taken apart. The answer is no unless overridden, so
  /// that a sink can tell by the raw line that it has seen it before.
  ///
  /// @param line the line as written, without its end; valid during the call only
  default boolean wants(RawText line) {
    return false;
  }

  /// One line of metadata that the sink wanted.
  ///
  /// @param metric the name of the metric family
  /// @param text the type, the help text with its escapes undone, or the unit
  default void metadata(MetadataKind kind, String metric, String text) {}
}
