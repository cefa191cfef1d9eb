/// The values of PromQL expressions, and [Evaluator], the interface that evaluates expressions.
///
/// Rules, the gate and the HTTP API use only this package, so they work with the embedded engine
/// and with a remote one.
@NullMarked
package io.pharos.promql.value;

import org.jspecify.annotations.NullMarked;
