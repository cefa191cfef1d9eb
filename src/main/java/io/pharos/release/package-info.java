/// Releases: deployments as the pipeline announces them, and the gate that judges them.
@NullMarked
package io.pharos.release;

import org.jspecify.annotations.NullMarked;
