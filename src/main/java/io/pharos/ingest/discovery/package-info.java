/// Target discovery: sources that list targets, the last targets of each source, and the limit on
/// targets.
@NullMarked
package io.pharos.ingest.discovery;

import org.jspecify.annotations.NullMarked;
