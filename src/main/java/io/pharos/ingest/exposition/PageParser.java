package io.pharos.ingest.exposition;

/// Parses bodies in all exposition formats. One instance is reused for many bodies; not
/// thread-safe.
public final class PageParser {
  private final LabelParser labels = new LabelParser();
  private final TextParser text = new TextParser(labels);
  private final ProtobufParser protobuf = new ProtobufParser(labels);
  private final SeriesText texts = new SeriesText(labels);

  /// Parses the first `length` bytes of a body, and passes its samples to a sink.
  ///
  /// @throws ExpositionException at the first error; samples before it were already passed to the
  ///   sink
  public void parse(
      byte[] body, int length, Format format, HistogramReading histograms, SampleSink sink)
      throws ExpositionException {
    switch (format) {
      case PROTOBUF -> protobuf.parse(body, length, histograms, sink);
      case TEXT, OPENMETRICS -> {
        if (histograms.customBuckets()) {
          var converted = new CustomBuckets(sink, texts, histograms.classicToo());
          text.parse(body, length, format, converted);
          converted.finish();
        } else {
          text.parse(body, length, format, sink);
        }
      }
    }
  }

  /// How the histograms of a body are read.
  ///
  /// @param natives whether native histograms are read; otherwise, only their classic series
  /// @param customBuckets whether histograms that are only classic are converted to native
  ///   histograms with custom buckets
  /// @param classicToo whether the classic series are read in addition to the native histogram
  public record HistogramReading(boolean natives, boolean customBuckets, boolean classicToo) {
    /// Reads all histograms as classic series.
    public static final HistogramReading CLASSIC = new HistogramReading(false, false, false);
  }
}
