package io.pharos.ingest.scrape;

import io.pharos.ingest.exposition.CachedText;
import io.pharos.ingest.exposition.RawText;
import io.pharos.ingest.exposition.SampleSink;
import io.pharos.ingest.exposition.SeriesTable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The metadata that a target exposes. Written by its loop, read by any thread. The size is
/// limited: at the limit, all old metadata is removed.
final class TargetMetadata {
  private static final int MAX_LINES = 30_000;

  private final SeriesTable<CachedText> lines = new SeriesTable<>();
  private final Map<String, TargetsSnapshot.MetricMetadata> metrics = new ConcurrentHashMap<>();

  /// Returns whether this metadata line is new, so that it must be parsed.
  boolean wants(RawText line) {
    if (lines.get(line) != null) {
      return false;
    }
    if (lines.size() >= MAX_LINES) {
      lines.clear();
      metrics.clear();
    }
    lines.put(line, new CachedText(line.toBytes()));
    return true;
  }

  void add(SampleSink.MetadataKind kind, String metric, String text) {
    TargetsSnapshot.MetricMetadata old =
        metrics.getOrDefault(metric, TargetsSnapshot.MetricMetadata.unknown(metric));
    metrics.put(
        metric,
        switch (kind) {
          case HELP -> new TargetsSnapshot.MetricMetadata(metric, old.type(), text, old.unit());
          case TYPE -> new TargetsSnapshot.MetricMetadata(metric, text, old.help(), old.unit());
          case UNIT -> new TargetsSnapshot.MetricMetadata(metric, old.type(), old.help(), text);
        });
  }

  Map<String, TargetsSnapshot.MetricMetadata> metrics() {
    return Map.copyOf(metrics);
  }
}
