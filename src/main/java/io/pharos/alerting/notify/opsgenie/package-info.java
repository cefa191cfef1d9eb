/// The receiver `opsgenie`: alerts that are opened, updated and closed.
@NullMarked
package io.pharos.alerting.notify.opsgenie;

import org.jspecify.annotations.NullMarked;
