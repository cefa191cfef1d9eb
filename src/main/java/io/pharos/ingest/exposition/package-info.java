/// Exposition formats: Prometheus' text format 0.0.4, OpenMetrics 1.0 and Prometheus' protobuf.
///
/// [PageParser] parses a body and passes each sample to a [SampleSink], without creating objects
/// for series that the sink already knows ([SeriesTable]). [Format] negotiates the content type.
@NullMarked
package io.pharos.ingest.exposition;

import org.jspecify.annotations.NullMarked;
