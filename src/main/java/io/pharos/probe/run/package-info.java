/// Runs probes at their intervals and writes their samples ([ProbeRunner]). Stores the reports of
/// push probes ([PushStore], docs/format/push-probes.md) and shares them with other replicas.
@NullMarked
package io.pharos.probe.run;

import org.jspecify.annotations.NullMarked;
