/// Calls of addresses while this Pharos is well, so that other systems notice when it is not.
@NullMarked
package io.pharos.alerting.heartbeat;

import org.jspecify.annotations.NullMarked;
