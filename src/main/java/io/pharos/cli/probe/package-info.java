/// `pharos probe-agent`: runs probes at another place and sends their samples to Pharos.
@NullMarked
package io.pharos.cli.probe;

import org.jspecify.annotations.NullMarked;
