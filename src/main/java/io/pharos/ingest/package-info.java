/// What becomes samples: pages that targets expose, scraping, probes.
@NullMarked
package io.pharos.ingest;

import org.jspecify.annotations.NullMarked;
