package io.pharos.tsdb;

import static java.util.Comparator.comparingLong;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.chunk.Chunk;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Encodes the samples of one series as the store's chunks.
final class RechunkedSeries {
  private static final TsdbMetrics UNCOUNTED = new TsdbMetrics(new SimpleMeterRegistry());

  private final HeadSeries chunks;
  private int size;

  /// @param parts samples in any order; of samples at the same time the one in the first part wins
  RechunkedSeries(Labels labels, List<SampleWindow> parts) {
    chunks = new HeadSeries(labels);
    if (parts.size() == 1 && isRising(parts.getFirst())) {
      SampleWindow only = parts.getFirst();
      for (int i = 0; i < only.size(); i++) {
        add(only, i);
      }
      return;
    }
    record Place(SampleWindow part, int at) {}
    var places = new ArrayList<Place>();
    for (SampleWindow part : parts) {
      for (int i = 0; i < part.size(); i++) {
        places.add(new Place(part, i));
      }
    }
    places.sort(comparingLong(place -> place.part.timestamp(place.at)));
    places.forEach(place -> add(place.part, place.at));
  }

  private static boolean isRising(SampleWindow samples) {
    for (int i = 1; i < samples.size(); i++) {
      if (samples.timestamp(i) <= samples.timestamp(i - 1)) {
        return false;
      }
    }
    return true;
  }

  private void add(SampleWindow samples, int i) {
    AppendOutcome outcome =
        chunks.append(samples.timestamp(i), samples.value(i), samples.histogram(i), UNCOUNTED);
    size += outcome == AppendOutcome.APPENDED ? 1 : 0;
  }

  /// Number of samples without duplicates.
  int size() {
    return size;
  }

  /// The chunks, if all samples lie in one window.
  List<Chunk> chunks() {
    return windows().firstEntry().getValue();
  }

  /// The chunks of each window, by its start.
  NavigableMap<Long, List<Chunk>> windows() {
    /* This finishes the growing chunk. */
    List<Chunk> _ = chunks.chunksOf(Tsdb.windowOf(chunks.lastTime()));
    SeriesSnapshot all = chunks.snapshot();
    var windows = new TreeMap<Long, List<Chunk>>();
    for (int i = 0; i < all.finishedCount(); i++) {
      Chunk chunk = all.finished()[i];
      windows.computeIfAbsent(Tsdb.windowOf(chunk.minTime()), _ -> new ArrayList<>()).add(chunk);
    }
    return windows;
  }
}
