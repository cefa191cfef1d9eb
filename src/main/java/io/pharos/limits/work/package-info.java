/// Work that needs a processor and that a caller waits for: its threads, its queue and its
/// cancellation.
@NullMarked
package io.pharos.limits.work;

import org.jspecify.annotations.NullMarked;
