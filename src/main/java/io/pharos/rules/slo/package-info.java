/// Service level objectives of `slos/*.yml`, and the rules generated from them
/// (docs/format/slos.md).
@NullMarked
package io.pharos.rules.slo;

import org.jspecify.annotations.NullMarked;
