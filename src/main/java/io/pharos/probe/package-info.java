/// Probes: checks of services from outside.
///
/// [ProbeFile] reads `probes/*.yml` (docs/format/probes.md). Package `.protocol` runs one check;
/// its [ProbeResult] is a success, a failure or unknown. Package `.run` runs checks at the probes'
/// intervals. Own trouble of the prober makes a result unknown, never a failure of the target.
@NullMarked
package io.pharos.probe;

import org.jspecify.annotations.NullMarked;
