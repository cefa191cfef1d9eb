/// The channel `opsgenie`: alerts that are opened, updated and closed.
@NullMarked
package io.pharos.alerting.channel.opsgenie;

import org.jspecify.annotations.NullMarked;
