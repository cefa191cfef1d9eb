/// Start timestamps: from when on the samples of a series count. Most samples of a series share
/// one, so that what is kept is where it changes.
@NullMarked
package io.pharos.tsdb.start;

import org.jspecify.annotations.NullMarked;
