/// The store of samples on this machine: recent samples in memory and in a write-ahead log, older
/// ones in immutable block files of two hours each, all in one directory.
///
/// A scrape that brings what the one before brought is stored as a row ([HeadRow]); all else series
/// by series.
///
/// [Tsdb] is the way in. Formats on disk are in `docs/format/`.
@NullMarked
package io.pharos.tsdb;

import org.jspecify.annotations.NullMarked;
