/// The state of a running query: options, steps, limits, annotations, and samples in columns.
@NullMarked
package io.pharos.promql.engine.query;

import org.jspecify.annotations.NullMarked;
