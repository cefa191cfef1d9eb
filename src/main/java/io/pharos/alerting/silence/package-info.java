/// What mutes an alert on its way to people: silences that someone created, and inhibition by other
/// alerts.
///
/// Silences live in memory and are written through to the store behind [SilenceStore].
@NullMarked
package io.pharos.alerting.silence;

import org.jspecify.annotations.NullMarked;
