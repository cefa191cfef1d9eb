package io.pharos.ingest.exposition;

import io.pharos.model.Labels;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Writes a series as text, for formats that have no text for series. So the series can be found in
/// a [SeriesTable]: `{"name","label"="value"}`. Reused; not thread-safe.
final class SeriesText {
  /// A growing byte array.
  private static final class Buffer {
    byte[] bytes = new byte[256];
    int size;

    void add(byte b) {
      if (size == bytes.length) {
        bytes = Arrays.copyOf(bytes, 2 * size);
      }
      bytes[size++] = b;
    }

    void add(byte[] source, int from, int to) {
      int grown = size + to - from;
      if (grown > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(grown, 2 * bytes.length));
      }
      System.arraycopy(source, from, bytes, size, to - from);
      size = grown;
    }

    void addQuoted(byte[] source, int from, int to) {
      add((byte) '"');
      for (int i = from; i < to; i++) {
        byte b = source[i];
        if (b == '"' || b == '\\' || b == '\n') {
          add((byte) '\\');
        }
        add(b == '\n' ? (byte) 'n' : b);
      }
      add((byte) '"');
    }
  }

  private final Buffer labels = new Buffer();
  private final Buffer text = new Buffer();
  private final RawText view;

  SeriesText(LabelParser parser) {
    view = new RawText(parser);
  }

  /// Removes all common labels.
  void clear() {
    labels.size = 0;
  }

  /// Adds a common label: one that all following series have. Name and value are UTF-8.
  void label(byte[] body, int nameFrom, int nameTo, int valueFrom, int valueTo) {
    labels.add((byte) ',');
    labels.addQuoted(body, nameFrom, nameTo);
    labels.add((byte) '=');
    labels.addQuoted(body, valueFrom, valueTo);
  }

  /// Returns the series with this name and the common labels.
  RawText series(byte[] name) {
    return series(name, null, null);
  }

  /// Returns the series with this name, the common labels, and one more label whose value needs no
  /// escapes.
  RawText series(byte[] name, byte @Nullable [] labelName, byte @Nullable [] labelValue) {
    text.size = 0;
    text.add((byte) '{');
    text.addQuoted(name, 0, name.length);
    text.add(labels.bytes, 0, labels.size);
    if (labelName != null && labelValue != null) {
      text.add((byte) ',');
      text.addQuoted(labelName, 0, labelName.length);
      text.add((byte) '=');
      text.addQuoted(labelValue, 0, labelValue.length);
    }
    text.add((byte) '}');
    view.set(text.bytes, 0, text.size, text.size);
    return view;
  }

  /// Returns the series with exactly these labels.
  RawText series(Labels series) {
    clear();
    series.forEach(
        (name, value) -> {
          if (!name.equals(Labels.METRIC_NAME)) {
            byte[] pair = (name + value).getBytes(StandardCharsets.UTF_8);
            int border = name.getBytes(StandardCharsets.UTF_8).length;
            label(pair, 0, border, border, pair.length);
          }
        });
    return series(series.metricName().getBytes(StandardCharsets.UTF_8));
  }
}
