/// Probes: checks of services from outside.
///
/// [ProbeFile] reads `probes/*.yml` (docs/format/probes.md), [Prober] runs one check to a
/// three-state [ProbeResult], [ProbeRunner] schedules probes and writes their samples. Own trouble
/// of the prober is unknown, never a failure of the target.
@NullMarked
package io.pharos.probe;

import org.jspecify.annotations.NullMarked;
