/// Runs checks: [Prober] makes the attempts of a probe. There is a class for each protocol, which
/// returns the facts of one attempt; [ProbeAttempt] contains its deadline and measurements.
@NullMarked
package io.pharos.probe.protocol;

import org.jspecify.annotations.NullMarked;
