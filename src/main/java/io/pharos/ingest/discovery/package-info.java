/// Target discovery: sources that list targets, their last answers, and the limit of targets.
@NullMarked
package io.pharos.ingest.discovery;

import org.jspecify.annotations.NullMarked;
