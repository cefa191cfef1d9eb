/// Start timestamps: the times from which on cumulative samples are counted. Successive samples
/// usually have the same one, so only changes are stored.
@NullMarked
package io.pharos.tsdb.start;

import org.jspecify.annotations.NullMarked;
