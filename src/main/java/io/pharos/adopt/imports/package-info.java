/// Probe files made of what other programs are told to look at: Uptime Kuma's monitors, modules of
/// blackbox_exporter, endpoints of Gatus. What has no equal is reported, never dropped unseen.
@NullMarked
package io.pharos.adopt.imports;

import org.jspecify.annotations.NullMarked;
