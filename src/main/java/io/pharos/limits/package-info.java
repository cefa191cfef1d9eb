/// Bounds on the resources of this process: heap, processors, connections.
@NullMarked
package io.pharos.limits;

import org.jspecify.annotations.NullMarked;
