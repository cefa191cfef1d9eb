/// The functions of PromQL: their table, implementations and calls.
@NullMarked
package io.pharos.promql.engine.function;

import org.jspecify.annotations.NullMarked;
