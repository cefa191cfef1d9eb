/// The receiver `pagerduty`: incidents by the Events API, version 2 or 1.
@NullMarked
package io.pharos.alerting.notify.pagerduty;

import org.jspecify.annotations.NullMarked;
