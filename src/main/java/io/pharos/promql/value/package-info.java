/// The values of PromQL expressions, and [Evaluator], the interface that evaluates expressions.
///
/// Rules, the gate and the HTTP API use this package only and cannot tell the embedded engine from
/// a remote one.
@NullMarked
package io.pharos.promql.value;

import org.jspecify.annotations.NullMarked;
