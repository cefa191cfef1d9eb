/// The write-ahead log: what was committed since the last block was written, in segments that can
/// each be read alone (`docs/format/wal.md`).
@NullMarked
package io.pharos.tsdb.wal;

import org.jspecify.annotations.NullMarked;
