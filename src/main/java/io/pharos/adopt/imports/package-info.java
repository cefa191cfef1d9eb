/// Converts Uptime Kuma's monitors, blackbox_exporter's modules and Gatus' endpoints to probes, and
/// reports every setting without an equivalent.
@NullMarked
package io.pharos.adopt.imports;

import org.jspecify.annotations.NullMarked;
