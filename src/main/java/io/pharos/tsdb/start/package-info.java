/// Start timestamps: the times since which the samples of a series count. Successive samples mostly
/// share one, so only the changes are stored.
@NullMarked
package io.pharos.tsdb.start;

import org.jspecify.annotations.NullMarked;
