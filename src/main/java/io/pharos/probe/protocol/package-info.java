/// Runs checks: [Prober] runs one attempt after another, a class per protocol runs one attempt to
/// its facts, within its [ProbeAttempt].
@NullMarked
package io.pharos.probe.protocol;

import org.jspecify.annotations.NullMarked;
