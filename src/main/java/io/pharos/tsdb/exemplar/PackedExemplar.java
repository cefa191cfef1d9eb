package io.pharos.tsdb.exemplar;

import static java.lang.foreign.MemorySegment.ofArray;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.model.Labels;
import io.pharos.storage.Exemplar;
import java.util.Arrays;

/// An exemplar as it is stored in the ring and in files.
///
/// @param labels names and values in turn, each as a string of the files' encoding
record PackedExemplar(byte[] labels, double value, long timestampMillis, boolean timed) {
  /// Packs an exemplar.
  ///
  /// @param scratch a buffer to reuse
  static PackedExemplar of(Exemplar exemplar, ByteSink scratch) {
    scratch.clear();
    exemplar
        .labels()
        .forEach(
            (name, value) -> {
              scratch.string(name);
              scratch.string(value);
            });
    return new PackedExemplar(
        scratch.toByteArray(), exemplar.value(), exemplar.timestampMillis(), exemplar.timed());
  }

  /// Unpacks the exemplar.
  ///
  /// @throws CorruptDataException when the bytes are not labels
  Exemplar unpacked() {
    return new Exemplar(labels(labels), value, timestampMillis, timed);
  }

  /// Unpacks labels.
  ///
  /// @throws CorruptDataException when the bytes are not labels
  static Labels labels(byte[] packed) {
    var source = new ByteSource(ofArray(packed));
    var pairs = Labels.builder();
    while (source.remaining() > 0) {
      label(source, pairs);
    }
    return pairs.build();
  }
  /// Reads a label.
  ///
  /// @throws CorruptDataException when it has no name
  static void label(ByteSource source, Labels.Builder labels) {
    String name = source.string();
    if (name.isEmpty()) {
      throw new CorruptDataException("a label without a name");
    }
    labels.set(name, source.string());
  }

  /// Whether it adds nothing to the other exemplar. NaNs are equal to each other; otherwise each
  /// scrape would add a NaN again.
  boolean isSame(PackedExemplar other) {
    return (value == other.value || (Double.isNaN(value) && Double.isNaN(other.value)))
        && ((!timed && !other.timed) || timestampMillis == other.timestampMillis)
        && Arrays.equals(labels, other.labels);
  }

  /// Whether it comes before the other. Exemplars with the same time belong to different buckets of
  /// a native histogram and are ordered by value.
  boolean isBefore(PackedExemplar other) {
    if (timestampMillis != other.timestampMillis) {
      return timestampMillis < other.timestampMillis;
    }
    return value != other.value
        ? value < other.value
        : Arrays.compareUnsigned(labels, other.labels) < 0;
  }
}
