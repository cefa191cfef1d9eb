/// The index of the series in memory: for each label name and value the numbers of the series with
/// it, and a plan to combine these lists with the least work.
@NullMarked
package io.pharos.tsdb.index;

import org.jspecify.annotations.NullMarked;
