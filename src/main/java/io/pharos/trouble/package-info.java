/// Faults of this process and its machine. This package distinguishes them from remote failures,
/// and records the sources that Pharos can't observe because of them.
@NullMarked
package io.pharos.trouble;

import org.jspecify.annotations.NullMarked;
