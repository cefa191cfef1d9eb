/// The index of the series in memory: for each label name and value the numbers of the series that
/// have it, and the choice of which of these lists answers a set of matchers with the least work.
@NullMarked
package io.pharos.tsdb.index;

import org.jspecify.annotations.NullMarked;
