/// Exemplars: the newest of all series in a ring of a bounded number, and files from which a
/// restart fills it (docs/format/exemplars.md).
@NullMarked
package io.pharos.tsdb.exemplar;

import org.jspecify.annotations.NullMarked;
