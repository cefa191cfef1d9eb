/// A service's first files: finds the request metrics on its page by the conventions of the usual
/// libraries, and makes scrape job, rules with unit tests, probe, receiver, dashboard and runbook
/// of them. Writes all of them or none.
@NullMarked
package io.pharos.adopt.init;

import org.jspecify.annotations.NullMarked;
