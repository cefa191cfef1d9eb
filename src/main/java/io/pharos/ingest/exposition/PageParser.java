package io.pharos.ingest.exposition;

/// Reads a body in any of the formats. Kept and reused; not thread-safe.
public final class PageParser {
  private final LabelParser labels = new LabelParser();
  private final TextParser text = new TextParser(labels);
  private final ProtobufParser protobuf = new ProtobufParser(labels);
  private final SeriesText texts = new SeriesText(labels);

  /// Reads the first `length` bytes of a body.
  ///
  /// @throws ExpositionException at the first thing that the format does not allow; what the sink
  ///   has received by then is not taken back
  public void parse(
      byte[] body, int length, Format format, HistogramReading histograms, SampleSink sink)
      throws ExpositionException {
    switch (format) {
      case PROTOBUF -> protobuf.parse(body, length, histograms, sink);
      case TEXT, OPENMETRICS -> {
        if (histograms.customBuckets()) {
          var joined = new CustomBuckets(sink, texts, histograms.classicToo());
          text.parse(body, length, format, joined);
          joined.finish();
        } else {
          text.parse(body, length, format, sink);
        }
      }
    }
  }
}
