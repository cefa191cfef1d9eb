/// What targets expose: Prometheus' text format 0.0.4, OpenMetrics 1.0 and Prometheus' protobuf.
///
/// [PageParser] reads a body of bytes and hands each sample to a [SampleSink] without making
/// objects for series that the sink already knows ([SeriesTable]); [Format] says which content
/// types there are and what to ask a target for.
@NullMarked
package io.pharos.ingest.exposition;

import org.jspecify.annotations.NullMarked;
