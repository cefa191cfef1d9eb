/// What of the process each part may take: of the heap, of the processors, of the connections.
@NullMarked
package io.pharos.limits;

import org.jspecify.annotations.NullMarked;
