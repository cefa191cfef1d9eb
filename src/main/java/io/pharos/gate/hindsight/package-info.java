/// Examines stored gates: verifies that they are unchanged, judges them again by the same or by
/// other policies, and records events that contradict verdicts.
@NullMarked
package io.pharos.gate.hindsight;

import org.jspecify.annotations.NullMarked;
