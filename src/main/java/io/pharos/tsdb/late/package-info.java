/// Samples that came out of order: of one series, sorted, until blocks have them.
@NullMarked
package io.pharos.tsdb.late;

import org.jspecify.annotations.NullMarked;
