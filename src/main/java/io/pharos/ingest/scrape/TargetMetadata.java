package io.pharos.ingest.scrape;

import io.pharos.ingest.exposition.CachedText;
import io.pharos.ingest.exposition.MetadataKind;
import io.pharos.ingest.exposition.RawText;
import io.pharos.ingest.exposition.SeriesTable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The metadata that a target exposes. Written by its loop, read by any thread. Bounded: new
/// metadata replaces old.
final class TargetMetadata {
  private static final int MAX_LINES = 30_000;

  private final SeriesTable<CachedText> lines = new SeriesTable<>();
  private final Map<String, MetricMetadata> metrics = new ConcurrentHashMap<>();

  /// Whether the line is new.
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

  void add(MetadataKind kind, String metric, String text) {
    MetricMetadata old = metrics.getOrDefault(metric, MetricMetadata.unknown(metric));
    metrics.put(
        metric,
        switch (kind) {
          case HELP -> new MetricMetadata(metric, old.type(), text, old.unit());
          case TYPE -> new MetricMetadata(metric, text, old.help(), old.unit());
          case UNIT -> new MetricMetadata(metric, old.type(), old.help(), text);
        });
  }

  Map<String, MetricMetadata> metrics() {
    return Map.copyOf(metrics);
  }
}
