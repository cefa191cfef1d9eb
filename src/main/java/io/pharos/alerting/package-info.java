/// Alerts on their way to people: their identity, what mutes them, how they are grouped and told.
@NullMarked
package io.pharos.alerting;

import org.jspecify.annotations.NullMarked;
