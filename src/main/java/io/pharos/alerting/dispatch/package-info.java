/// Receives alerts, validates and merges them, routes them to groups, and flushes the groups by
/// timers.
///
/// [Dispatcher] is the entry point. It holds alerts in memory and in [AlertStore], so that a
/// restart neither loses alerts nor repeats their notifications.
@NullMarked
package io.pharos.alerting.dispatch;

import org.jspecify.annotations.NullMarked;
