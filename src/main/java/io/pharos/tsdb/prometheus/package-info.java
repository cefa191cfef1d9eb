/// Reads and writes Prometheus blocks: folders with `meta.json`, `index`, `chunks/` and
/// `tombstones` (`docs/format/prometheus-block.md`; prometheus `tsdb/docs/format`).
@NullMarked
package io.pharos.tsdb.prometheus;

import org.jspecify.annotations.NullMarked;
