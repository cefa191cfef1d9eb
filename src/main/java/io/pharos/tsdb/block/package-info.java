/// Block files: the samples of one window of two hours with their own index, written once and then
/// only read, through memory mapping (`docs/format/block.md`).
@NullMarked
package io.pharos.tsdb.block;

import org.jspecify.annotations.NullMarked;
