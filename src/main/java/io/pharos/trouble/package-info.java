/// Faults of this process itself: how they are told from remote failures, and what cannot be
/// observed meanwhile.
@NullMarked
package io.pharos.trouble;

import org.jspecify.annotations.NullMarked;
