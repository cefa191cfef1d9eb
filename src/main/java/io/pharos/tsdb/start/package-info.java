/// Start timestamps: the times at which the counting of cumulative samples began. Successive
/// samples usually have the same start timestamp, so only changes are stored.
@NullMarked
package io.pharos.tsdb.start;

import org.jspecify.annotations.NullMarked;
