/// Compressed runs of samples of one series: timestamps as differences of differences, values as
/// exclusive-or with the value before, bit-packed (`docs/format/chunk.md`; after Pelkonen et al.,
/// "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015, §4.1).
@NullMarked
package io.pharos.tsdb.chunk;

import org.jspecify.annotations.NullMarked;
