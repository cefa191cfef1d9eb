/// Service level objectives as `slos/*.yml` state them, and the rules that are generated from them
/// (docs/format/slos.md).
@NullMarked
package io.pharos.rules.slo;

import org.jspecify.annotations.NullMarked;
