/// Reads PromQL as of Prometheus 3, and the notation of series in unit tests, into trees.
///
/// Every refusal is a [ParseException] that says where it happened, what was found and what was
/// expected. [PromqlParser] and [SeriesDescription] are the ways in.
@NullMarked
package io.pharos.promql.parser;

import org.jspecify.annotations.NullMarked;
