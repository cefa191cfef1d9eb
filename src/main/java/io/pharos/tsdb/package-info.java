/// The store of samples on this machine: recent samples in memory and in a write-ahead log, older
/// ones in immutable block files of two hours each, all in one directory.
///
/// [Tsdb] is the way in. Formats on disk are in `docs/format/`.
@NullMarked
package io.pharos.tsdb;

import org.jspecify.annotations.NullMarked;
