/// Probes: checks of services from outside.
///
/// [ProbeFile] reads `probes/*.yml` (docs/format/probes.md); `.protocol` runs one check to a
/// three-state [ProbeResult], and `.run` does so at each probe's interval. Own trouble of the
/// prober is unknown, never a failure of the target.
@NullMarked
package io.pharos.probe;

import org.jspecify.annotations.NullMarked;
