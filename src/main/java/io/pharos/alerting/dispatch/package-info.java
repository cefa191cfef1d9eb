/// Where alerts come in: validation, merging with what is known, routing to groups, and the timers
/// that make a group look at itself.
///
/// [Dispatcher] is the entry. It keeps alerts in memory and in the store behind [AlertStore], so
/// that a restart neither forgets them nor tells of them again.
@NullMarked
package io.pharos.alerting.dispatch;

import org.jspecify.annotations.NullMarked;
