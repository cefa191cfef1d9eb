/// The channel `pagerduty`: incidents through the Events API, version 2 or 1.
@NullMarked
package io.pharos.alerting.channel.pagerduty;

import org.jspecify.annotations.NullMarked;
