/// The notifier: identity of alerts, muting, grouping, and delivery to people.
@NullMarked
package io.pharos.alerting;

import org.jspecify.annotations.NullMarked;
