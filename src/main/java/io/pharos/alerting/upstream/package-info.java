/// Other Alertmanagers, which take alerts over HTTP.
@NullMarked
package io.pharos.alerting.upstream;

import org.jspecify.annotations.NullMarked;
