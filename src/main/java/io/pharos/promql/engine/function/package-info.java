/// The functions of PromQL: the table of implementations, the implementations, and the evaluation
/// of calls.
@NullMarked
package io.pharos.promql.engine.function;

import org.jspecify.annotations.NullMarked;
