/// Judges the readings of each check, by statistics that stay valid however often they are
/// computed.
@NullMarked
package io.pharos.gate.judge;

import org.jspecify.annotations.NullMarked;
