/// The [io.pharos.promql.value.Evaluator] that queries another server.
@NullMarked
package io.pharos.promql.remote;

import org.jspecify.annotations.NullMarked;
