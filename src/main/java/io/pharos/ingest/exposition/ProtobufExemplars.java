package io.pharos.ingest.exposition;

import io.pharos.model.Labels;

/// Reads `Exemplar` messages into a sink. Reused; not thread-safe.
final class ProtobufExemplars {
  private final ProtobufReader message = new ProtobufReader();
  private final ProtobufReader inner = new ProtobufReader();

  /// @param timedOnly whether to skip exemplars without a time: those of native histograms can't be
  ///   distinguished from exemplars of the previous scrape
  void read(byte[] body, int from, int to, boolean timedOnly, SampleSink sink)
      throws ExpositionException {
    var labels = Labels.builder();
    double value = 0;
    long time = SampleSink.NO_TIMESTAMP;
    message.begin(body, from, to);
    while (message.next()) {
      switch (message.field()) {
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
      switch (inner.field()) {
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
