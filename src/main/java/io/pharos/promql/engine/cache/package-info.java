/// State between the evaluations of one caller: moving windows, and values that several expressions
/// share.
@NullMarked
package io.pharos.promql.engine.cache;

import org.jspecify.annotations.NullMarked;
