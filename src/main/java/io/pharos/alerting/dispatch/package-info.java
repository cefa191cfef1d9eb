/// Receives alerts, validates and merges them, routes them to groups, and flushes the groups by
/// timers.
///
/// [Dispatcher] is the entry. It keeps alerts in memory and in [AlertStore], so that a restart
/// neither forgets them nor repeats their notifications.
@NullMarked
package io.pharos.alerting.dispatch;

import org.jspecify.annotations.NullMarked;
