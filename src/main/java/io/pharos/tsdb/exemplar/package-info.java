/// Exemplars: the newest ones in a ring in memory, and files from which a restart restores them
/// (`docs/format/exemplars.md`).
@NullMarked
package io.pharos.tsdb.exemplar;

import org.jspecify.annotations.NullMarked;
