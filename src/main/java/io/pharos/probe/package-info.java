/// Probes: checks from outside that a service answers, and answers right.
///
/// [ProbeFile] reads `probes/*.yml` strictly (docs/format/probes.md), [Prober] runs one check to a
/// three-state [ProbeResult], [ProbeRunner] runs them again and again and writes their samples.
/// Trouble of the prober's own is unknown, never a failure of the target.
@NullMarked
package io.pharos.probe;

import org.jspecify.annotations.NullMarked;
