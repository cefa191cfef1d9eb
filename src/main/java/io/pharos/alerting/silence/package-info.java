/// Muting of alerts: silences created by people, and inhibition by other alerts.
///
/// Silences are kept in memory and written through to [Silences.Store].
@NullMarked
package io.pharos.alerting.silence;

import org.jspecify.annotations.NullMarked;
