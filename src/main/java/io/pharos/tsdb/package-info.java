/// The local store of samples: recent samples in memory and in a write-ahead log, older ones in
/// immutable block files of two hours each, all in one directory.
///
/// [Tsdb] is the entry point. Scrapes with unchanged series are stored as rows ([HeadRow]), all
/// other samples series by series. The file formats are described in `docs/format/`.
@NullMarked
package io.pharos.tsdb;

import org.jspecify.annotations.NullMarked;
