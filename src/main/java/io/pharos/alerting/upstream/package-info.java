/// Clients of external Alertmanagers, which receive alerts over HTTP.
@NullMarked
package io.pharos.alerting.upstream;

import org.jspecify.annotations.NullMarked;
