/// Releases: deployments as the pipeline announces them, the gate that judges them, and the
/// rollouts that give them their traffic.
@NullMarked
package io.pharos.release;

import org.jspecify.annotations.NullMarked;
