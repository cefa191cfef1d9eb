/// Faults of this process and its machine: how they are distinguished from remote failures, and
/// what Pharos cannot observe because of them.
@NullMarked
package io.pharos.trouble;

import org.jspecify.annotations.NullMarked;
