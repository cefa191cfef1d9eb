package io.pharos.ingest.exposition;

/// Parses a body in any format. Reused; not thread-safe.
public final class PageParser {
  private final LabelParser labels = new LabelParser();
  private final TextParser text = new TextParser(labels);
  private final ProtobufParser protobuf = new ProtobufParser(labels);
  private final SeriesText texts = new SeriesText(labels);

  /// Parses the first `length` bytes of a body.
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
}
