/// Native histograms: the value, its buckets and the arithmetic. All histograms have float counts;
/// integer counts from scrapes and remote writers are converted on ingestion.
@NullMarked
package io.pharos.model.histogram;

import org.jspecify.annotations.NullMarked;
