package io.pharos.ingest.exposition;

import io.pharos.model.Labels;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Reads `Exemplar` messages and hands them on. Kept and reused; not thread-safe.
final class ProtobufExemplars {
  private final ProtobufReader message = new ProtobufReader();
  private final ProtobufReader inner = new ProtobufReader();
  private final ProtobufTime times = new ProtobufTime();

  /// @param timedOnly whether one without a time is left out: those of native histograms can't be
  ///   told apart from what was there in the last scrape
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
        case 3 -> time = times.millis(body, message.bytes(), message.position());
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
        case 1 -> name = text(body, inner.bytes(), inner.position());
        case 2 -> value = text(body, inner.bytes(), inner.position());
        default -> inner.skip();
      }
    }
    if (name.isEmpty()) {
      throw ExpositionException.atByte(from, "found a label of an exemplar without a name");
    }
    labels.set(name, value);
  }

  private static String text(byte[] body, int from, int to) throws ExpositionException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(body, from, to - from))
          .toString();
    } catch (CharacterCodingException e) {
      var error =
          ExpositionException.atByte(from, "found a label of an exemplar that is not UTF-8");
      error.initCause(e);
      throw error;
    }
  }
}
