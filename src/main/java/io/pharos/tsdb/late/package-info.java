/// Out-of-order samples of a series, sorted, until they are in blocks.
@NullMarked
package io.pharos.tsdb.late;

import org.jspecify.annotations.NullMarked;
