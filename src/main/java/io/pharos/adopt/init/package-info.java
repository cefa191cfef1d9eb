/// Writes a service's first files: finds its request metrics by the naming conventions of common
/// libraries, and renders scrape job, rules with unit tests, probe, receiver, dashboard and
/// runbook.
@NullMarked
package io.pharos.adopt.init;

import org.jspecify.annotations.NullMarked;
