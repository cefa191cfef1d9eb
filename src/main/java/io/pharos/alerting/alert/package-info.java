/// Alerts between the rules and the notifier: identity, times and the interface [AlertSink].
@NullMarked
package io.pharos.alerting.alert;

import org.jspecify.annotations.NullMarked;
