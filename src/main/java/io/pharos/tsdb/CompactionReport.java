package io.pharos.tsdb;

/// What one run of [Tsdb#compactTick] did.
///
/// @param blocksWritten windows that moved from memory to block files
/// @param blocksRemoved blocks that retention took
/// @param segmentsRemoved files of the write-ahead log that are needed no more
/// @param seriesRemoved series that left memory
public record CompactionReport(
    int blocksWritten, int blocksRemoved, int segmentsRemoved, int seriesRemoved) {}
