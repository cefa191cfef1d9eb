/// Examines stored gates: verifies that they are unchanged, judges them again, judges them by other
/// policies, and records regrets of verdicts.
@NullMarked
package io.pharos.gate.hindsight;

import org.jspecify.annotations.NullMarked;
