/// The out-of-order samples of a series that are not in blocks yet, sorted by time.
@NullMarked
package io.pharos.tsdb.late;

import org.jspecify.annotations.NullMarked;
