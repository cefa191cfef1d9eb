/// Runs probes at their intervals and writes their samples ([ProbeRunner]); keeps what push probes
/// report ([PushStore], docs/format/push-probes.md) and shares it with other replicas.
@NullMarked
package io.pharos.probe.run;

import org.jspecify.annotations.NullMarked;
