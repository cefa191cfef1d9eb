/// Block files: the samples of a window of two hours with their index, written once and read by
/// memory mapping (`docs/format/block.md`).
@NullMarked
package io.pharos.tsdb.block;

import org.jspecify.annotations.NullMarked;
