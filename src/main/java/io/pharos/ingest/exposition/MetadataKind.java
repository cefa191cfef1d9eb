package io.pharos.ingest.exposition;

/// Kind of a metadata line.
public enum MetadataKind {
  /// `# HELP`
  HELP,
  /// `# TYPE`
  TYPE,
  /// `# UNIT`, in OpenMetrics only
  UNIT
}
