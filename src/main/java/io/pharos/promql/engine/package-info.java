/// Evaluates PromQL over a store: the reference engine, exact before fast.
///
/// [Engine] is the way in. An expression is evaluated node by node over all steps of a query at
/// once; what flows between the nodes are [Columns], one flat array of doubles, never objects per
/// sample.
@NullMarked
package io.pharos.promql.engine;

import org.jspecify.annotations.NullMarked;
