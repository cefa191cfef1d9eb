/// The write-ahead log: the commits since the last block, in segments that can be read
/// independently (`docs/format/wal.md`).
@NullMarked
package io.pharos.tsdb.wal;

import org.jspecify.annotations.NullMarked;
