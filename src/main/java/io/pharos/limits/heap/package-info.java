/// What of the heap each part of the process may take, and what becomes of whatever wants more.
@NullMarked
package io.pharos.limits.heap;

import org.jspecify.annotations.NullMarked;
