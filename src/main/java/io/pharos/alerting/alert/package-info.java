/// Alerts as they leave the rules and reach the notifier: identity, times and the port between.
@NullMarked
package io.pharos.alerting.alert;

import org.jspecify.annotations.NullMarked;
