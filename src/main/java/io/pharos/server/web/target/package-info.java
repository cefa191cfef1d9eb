/// The pages of what Pharos watches: scraped targets, probes and heartbeats.
@NullMarked
package io.pharos.server.web.target;

import org.jspecify.annotations.NullMarked;
