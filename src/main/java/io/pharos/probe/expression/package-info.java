/// The expression language of probes: boolean conditions on the facts, type-checked when parsed,
/// evaluated in bounded time (docs/format/probes.md).
@NullMarked
package io.pharos.probe.expression;

import org.jspecify.annotations.NullMarked;
