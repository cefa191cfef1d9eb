package io.pharos.tsdb.prometheus;

import io.pharos.bytes.BitSink;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.SampleWindow;

/// Encodes samples as Prometheus' chunks: floats as XOR chunks, histograms as float histogram
/// chunks. An encoder can be reused for the next chunk. Not thread-safe.
public final class ChunkEncoder {
  /// Maximum number of samples in a chunk, as in Prometheus.
  static final int MAX_SAMPLES = 120;

  /// The last encoded chunk; valid until the next call of [#encode].
  final BitSink data = new BitSink();

  private int encoding;

  /// Encodes the samples from index `from` of the window on, as many as one chunk may contain.
  ///
  /// @return the index of the first sample that is not in the chunk
  public int encode(SampleWindow window, int from) {
    int to = end(window, from);
    data.clear();
    if (window.histogram(from) == null) {
      encoding = PrometheusFormat.FLOATS;
      FloatChunks.write(window, from, to, data);
    } else {
      encoding = PrometheusFormat.FLOAT_HISTOGRAMS;
      HistogramChunks.write(window, from, to, data);
    }
    return to;
  }

  /// The number of the last chunk's encoding in Prometheus' formats.
  public int encoding() {
    return encoding;
  }

  /// A copy of the last chunk's bytes.
  public byte[] toByteArray() {
    return data.toByteArray();
  }

  private static int end(SampleWindow window, int from) {
    int to = from + 1;
    while (to < window.size() && to - from < MAX_SAMPLES && isOneChunk(window, to - 1, to)) {
      to++;
      if (endsHistograms(window, to - 2, to - 1)) {
        return to;
      }
    }
    return to;
  }

  private static boolean isOneChunk(SampleWindow window, int before, int next) {
    Histogram one = window.histogram(before);
    Histogram other = window.histogram(next);
    if (one == null || other == null) {
      return (one == null && other == null) || endsHistograms(window, before, next);
    }
    return HistogramChunks.follows(one, other);
  }

  /* A staleness marker after a histogram is written as a histogram and ends the chunk:
   * Prometheus' range queries return wrong counts if a float is between histograms. */
  private static boolean endsHistograms(SampleWindow window, int before, int next) {
    return window.histogram(before) != null
        && window.histogram(next) == null
        && StaleMarker.is(window.value(next));
  }
}
