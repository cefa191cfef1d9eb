/// Evaluates PromQL over a store. This is the reference engine: exact before fast.
///
/// [Engine] is the entry point. Each node is evaluated over all steps of a query at once. Nodes
/// exchange [Columns], flat arrays of doubles, instead of an object per sample.
@NullMarked
package io.pharos.promql.engine;

import org.jspecify.annotations.NullMarked;
