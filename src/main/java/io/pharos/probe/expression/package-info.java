/// The language in which a probe says what it expects: boolean expressions over what was seen,
/// type-checked when they are read, evaluated in bounded time (docs/format/probes.md).
@NullMarked
package io.pharos.probe.expression;

import org.jspecify.annotations.NullMarked;
