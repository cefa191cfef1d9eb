/// Memory bounds: how much heap each part of the process may use, and refusals beyond that.
@NullMarked
package io.pharos.limits.heap;

import org.jspecify.annotations.NullMarked;
