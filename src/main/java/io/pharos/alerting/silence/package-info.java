/// Muting of alerts: by silences that people create, and by inhibition through other alerts.
///
/// Silences are kept in memory; each change is also written to [Silences.Store].
@NullMarked
package io.pharos.alerting.silence;

import org.jspecify.annotations.NullMarked;
