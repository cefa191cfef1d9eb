/// Parses PromQL of Prometheus 3 and the series notation of unit tests.
///
/// Every error is a [ParseException] with position, what was found and what was expected. Entry
/// points are [PromqlParser] and [SeriesDescription].
@NullMarked
package io.pharos.promql.parser;

import org.jspecify.annotations.NullMarked;
