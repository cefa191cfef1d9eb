/// Incoming samples: exposition formats, target discovery, scraping, agents and logins.
@NullMarked
package io.pharos.ingest;

import org.jspecify.annotations.NullMarked;
