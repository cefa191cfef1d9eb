package io.pharos.ingest.exposition;

/// What a line of metadata tells of its metric family.
public enum MetadataKind {
  /// `# HELP`
  HELP,
  /// `# TYPE`
  TYPE,
  /// `# UNIT`, in OpenMetrics only
  UNIT
}
