package io.pharos.tsdb;

/// Result of one [Tsdb#compactTick].
///
/// @param blocksWritten number of windows that moved from memory to block files
/// @param blocksRemoved number of blocks past the retention
/// @param segmentsRemoved number of obsolete files of the write-ahead log
/// @param seriesRemoved number of series removed from memory
public record CompactionReport(
    int blocksWritten, int blocksRemoved, int segmentsRemoved, int seriesRemoved) {}
