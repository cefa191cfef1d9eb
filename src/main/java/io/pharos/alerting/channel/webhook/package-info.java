/// The channel `webhook`: Alertmanager's JSON, version 4, by POST.
@NullMarked
package io.pharos.alerting.channel.webhook;

import org.jspecify.annotations.NullMarked;
